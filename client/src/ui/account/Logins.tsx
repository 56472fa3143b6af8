import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { describeAgent } from '../../model/user_agent';
import type { Login } from '../../protocol/shapes';
import { useAction, useStore, useWorkspace } from '../context';
import { Button } from '../kit/Button';
import { ErrorNote } from '../kit/ErrorNote';
import { Skeleton, Tag } from '../kit/Parts';
import { onListKey } from '../shell/list_keys';
import shell from '../shell/shell.module.css';
import { useTimes } from '../texts/time';
import styles from './account.module.css';

/** Every place where one is signed in, and a way to end it. */
export function Logins() {
  const { logins } = useWorkspace();
  const { value, error } = useStore(logins.state);
  useEffect(() => void logins.load(), [logins]);
  if (error) return <ErrorNote error={error} onRetry={() => void logins.load()} />;
  if (!value) return <Skeleton rows={2} />;
  return (
    <ul className={shell.list} onKeyDown={onListKey}>
      {value.map((login) => (
        <LoginRow key={login.id} login={login} />
      ))}
    </ul>
  );
}

function LoginRow({ login }: { readonly login: Login }) {
  const { t } = useTranslation();
  const { rest, logins } = useWorkspace();
  const times = useTimes();
  const name = login.kind === 'browser' ? describeAgent(login.user_agent ?? '') : login.device_id;
  const shown = name ?? t(`account.kind.${login.kind}`);
  const seen = login.last_seen_at ?? login.created_at;
  const end = useAction(async () => {
    await rest.endLogin(login.id);
    logins.change((list) => list.filter((it) => it.id !== login.id));
  });
  const facts = [
    name === null ? '' : t(`account.kind.${login.kind}`),
    login.ip === null ? '' : t('account.address', { ip: login.ip }),
    t('account.lastSeen', { when: times.ago(Date.parse(seen)) }),
  ];
  return (
    <li className={styles.login} data-row tabIndex={-1}>
      <div className={styles.loginText}>
        <p className={styles.loginName}>
          {shown}
          {login.current && <Tag>{t('account.current')}</Tag>}
        </p>
        <p className={styles.muted}>{facts.filter(Boolean).join(' · ')}</p>
        {end.error && <ErrorNote error={end.error} />}
      </div>
      {!login.current && (
        <Button
          size="small"
          look="quietDanger"
          busy={end.busy}
          aria-label={t('account.endLabel', { name: shown })}
          onClick={() => void end.run()}
        >
          {t('account.end')}
        </Button>
      )}
    </li>
  );
}
