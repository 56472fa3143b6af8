/** What one's own machines share: who looks, who asks, and the answers. */
import { Bell, Check, CornerDownLeft, Eye, EyeOff, Hand, Scaling, X } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { keyOfOwn, type OwnTerminal } from '../../model/own_terminals';
import type { TerminalSize } from '../../protocol/terminal';
import { formatRoute } from '../../model/route';
import { useMesh, useStore, useWorkspace } from '../context';
import { Button, ButtonLink } from '../kit/Button';
import row from '../kit/row.module.css';
import { onListKey } from '../shell/list_keys';
import shell from '../shell/shell.module.css';
import { useTimes } from '../texts/time';
import { TerminalHead } from './TerminalHead';
import styles from './terminals.module.css';

const lives = [1, 5, 15, 30, 60] as const;
const usualLife = 5;

export function OwnTerminals() {
  const { t } = useTranslation();
  const { ownTerminals } = useWorkspace();
  const all = useStore(ownTerminals.state);
  if (all.length === 0) return null;
  return (
    <section className={shell.section} aria-label={t('terminals.mine.title')}>
      <div className={styles.sectionHead}>
        <h2>{t('terminals.mine.title')}</h2>
        <Notify />
      </div>
      <ul className={shell.list} onKeyDown={onListKey}>
        {all.map((it) => (
          <Row key={keyOfOwn(it)} terminal={it} />
        ))}
      </ul>
    </section>
  );
}

/** Nobody is asked by the browser before they press this. */
function Notify() {
  const { t } = useTranslation();
  const { preferences, alerts } = useMesh();
  const { alerts: wanted } = useStore(preferences.state);
  const [permission, setPermission] = useState(alerts.permission);
  const on = permission === 'granted' && wanted !== 'none';
  if (on || permission === 'denied' || permission === 'unsupported') return null;
  const press = async () => {
    const answer = permission === 'granted' ? permission : await alerts.ask();
    setPermission(answer);
    if (answer === 'granted') preferences.setAlerts('files');
  };
  return (
    <Button size="small" look="quiet" onClick={() => void press()}>
      <Bell size={15} aria-hidden />
      {t('terminals.mine.notify')}
    </Button>
  );
}

function Row({ terminal }: { readonly terminal: OwnTerminal }) {
  const { t } = useTranslation();
  const times = useTimes();
  const { ownTerminals } = useWorkspace();
  const { machine, name, cols, rows, asked, controller, hidden, sizes } = terminal;
  const watching = [...new Set(terminal.watching)];
  const href = formatRoute({ page: 'terminal', machine, name, room: null });
  return (
    <li className={styles.row}>
      <TerminalHead name={name} facts={[machine, t('terminals.size', { cols, rows })]}>
        <p className={row.meta} role="status">
          {watching.length === 0 && t('terminals.mine.nobody')}
          {watching.length > 0 &&
            t('terminals.watching', { count: watching.length, names: times.names(watching) })}
          {controller !== null && ` · ${t('terminals.badge.types', { name: controller })}`}
          {hidden && ` · ${t('terminals.mine.hidden')}`}
        </p>
      </TerminalHead>
      <div className={styles.wishes}>
        {controller !== null && (
          <Button
            size="small"
            look="danger"
            aria-label={t('terminals.mine.revokeOf', { viewer: controller, name })}
            onClick={() => {
              ownTerminals.wish(terminal, { action: 'revoke' });
            }}
          >
            <Hand size={15} aria-hidden />
            {t('terminals.mine.revoke')}
          </Button>
        )}
        <Button
          size="small"
          aria-label={t(hidden ? 'terminals.mine.showOf' : 'terminals.mine.hideOf', { name })}
          onClick={() => {
            ownTerminals.wish(terminal, { action: hidden ? 'show' : 'hide' });
          }}
        >
          {hidden ? <Eye size={15} aria-hidden /> : <EyeOff size={15} aria-hidden />}
          {t(hidden ? 'terminals.mine.show' : 'terminals.mine.hide')}
        </Button>
        <ButtonLink href={href} size="small" label={t('terminals.openOf', { name, machine })}>
          {t('terminals.open')}
        </ButtonLink>
      </div>
      {asked.map((viewer) => (
        <Asker key={viewer} terminal={terminal} viewer={viewer} />
      ))}
      {sizes?.map((wish) => (
        <SizeAsker
          key={`${wish.viewer} ${String(wish.cols)} ${String(wish.rows)}`}
          terminal={terminal}
          wish={wish}
        />
      ))}
    </li>
  );
}

interface SizeAskerProps {
  readonly terminal: OwnTerminal;
  readonly wish: TerminalSize & { readonly viewer: string };
}

/** Somebody would like to see more at once, or less. */
function SizeAsker({ terminal, wish }: SizeAskerProps) {
  const { t } = useTranslation();
  const { ownTerminals } = useWorkspace();
  const { viewer } = wish;
  return (
    <div className={styles.asker} role="status">
      <p>{t('terminals.mine.asksSize', { ...wish, name: terminal.name })}</p>
      <Button
        size="small"
        aria-label={t('terminals.mine.fitOf', { viewer })}
        title={t('terminals.mine.fitTitle')}
        onClick={() => {
          ownTerminals.wish(terminal, { action: 'fit', viewer });
        }}
      >
        <Scaling size={15} aria-hidden />
        {t('terminals.mine.fit')}
      </Button>
      <Button
        size="small"
        aria-label={t('terminals.mine.keepOf', { viewer })}
        onClick={() => {
          ownTerminals.wish(terminal, { action: 'keep', viewer });
        }}
      >
        <X size={15} aria-hidden />
        {t('terminals.mine.keep')}
      </Button>
    </div>
  );
}

interface AskerProps {
  readonly terminal: OwnTerminal;
  readonly viewer: string;
}

/** Somebody wants to type. */
function Asker({ terminal, viewer }: AskerProps) {
  const { t } = useTranslation();
  const { ownTerminals } = useWorkspace();
  const [minutes, setMinutes] = useState<number>(usualLife);
  const { name } = terminal;
  return (
    <div className={styles.asker} role="alert">
      <p>{t('terminals.mine.asks', { viewer, name })}</p>
      <Button
        size="small"
        look="primary"
        aria-label={t('terminals.mine.allowOf', { viewer, count: minutes })}
        onClick={() => {
          ownTerminals.wish(terminal, { action: 'allow', viewer, minutes });
        }}
      >
        <Check size={15} aria-hidden />
        {t('terminals.mine.allow')}
      </Button>
      <select
        className={styles.minutes}
        aria-label={t('terminals.mine.minutes', { viewer })}
        value={minutes}
        onChange={(event) => {
          setMinutes(Number(event.target.value));
        }}
      >
        {lives.map((count) => (
          <option key={count} value={count}>
            {t('terminals.mine.minutes_count', { count })}
          </option>
        ))}
      </select>
      <Button
        size="small"
        aria-label={t('terminals.mine.onceOf', { viewer })}
        onClick={() => {
          ownTerminals.wish(terminal, { action: 'once', viewer });
        }}
      >
        <CornerDownLeft size={15} aria-hidden />
        {t('terminals.mine.once')}
      </Button>
      <Button
        size="small"
        aria-label={t('terminals.mine.denyOf', { viewer })}
        onClick={() => {
          ownTerminals.wish(terminal, { action: 'deny', viewer });
        }}
      >
        <X size={15} aria-hidden />
        {t('terminals.mine.deny')}
      </Button>
    </div>
  );
}
