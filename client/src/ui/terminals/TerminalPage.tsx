/** One terminal of another machine: how it is reached, whose keyboard it is, and its screen. */
import { ArrowLeft, Disc, Radio, Users } from 'lucide-react';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Terminal } from '../../model/terminal';
import { useStore, useWorkspace } from '../context';
import { DirectAbility } from '../direct/DirectPanel';
import { useMilliseconds } from '../direct/words';
import { Button, ButtonLink } from '../kit/Button';
import { Skeleton } from '../kit/Parts';
import { PageTitle } from '../shell/PageTitle';
import { relative, useTimes } from '../texts/time';
import { KeyboardBar } from './KeyboardBar';
import { useNow } from './now';
import { Suggest } from './Suggest';
import { TerminalScreen } from './TerminalScreen';
import { useTerminalTrouble } from './words';
import styles from './terminals.module.css';

interface Props {
  readonly machine: string;
  readonly name: string;
  readonly room: string | null;
}

export function TerminalPage({ machine, name, room }: Props) {
  const { terminals, direct } = useWorkspace();
  const terminal = useStore(terminals.shown);
  const able = direct.usable;
  useEffect(() => {
    if (!able) return;
    terminals.show({ machine, name, room });
    void terminals.list.load();
    return () => {
      terminals.hide();
    };
  }, [terminals, able, machine, name, room]);
  return (
    <div className={styles.page}>
      <PageTitle name={name} />
      {terminal ? (
        <Opened key={terminal.id} terminal={terminal} />
      ) : (
        <>
          <h1 className={styles.name}>{name}</h1>
          {able ? <Skeleton rows={6} /> : <DirectAbility />}
        </>
      )}
    </div>
  );
}

function Opened({ terminal }: { readonly terminal: Terminal }) {
  const { t } = useTranslation();
  const { report, keyboard } = useStore(terminal.state);
  const [title, setTitle] = useState('');
  const asks = report.phase === 'open' && keyboard.state !== 'mine' && !report.hidden;
  return (
    <>
      <header className={styles.head}>
        <ButtonLink href="#/terminals" look="quiet" size="small">
          <ArrowLeft size={16} aria-hidden />
          {t('terminals.back')}
        </ButtonLink>
        <h1 className={styles.name}>{terminal.place.name}</h1>
        {title !== '' && <span className={styles.title}>{title}</span>}
        <Facts terminal={terminal} />
      </header>
      <Phase terminal={terminal} />
      {report.phase !== 'ended' && <KeyboardBar terminal={terminal} />}
      <TerminalScreen terminal={terminal} onTitle={setTitle} />
      {asks && <Suggest terminal={terminal} />}
    </>
  );
}

/** Who shares it, who looks, how large it is and how far away. */
function Facts({ terminal }: { readonly terminal: Terminal }) {
  const { t } = useTranslation();
  const times = useTimes();
  const milliseconds = useMilliseconds();
  const { terminals, user } = useWorkspace();
  const { report } = useStore(terminal.state);
  const { value } = useStore(terminals.list.state);
  const { machine, name } = terminal.place;
  const known = value?.find((it) => it.device_id === machine && it.name === name);
  const { address, roundTrip, cols, rows } = report;
  const watching = [...new Set(report.watching)];
  const way = report.path ?? 'direct';
  const path =
    roundTrip === null
      ? t(`straight.path.${way}`)
      : t(`straight.pathTime.${way}`, { time: milliseconds(roundTrip) });
  return (
    <p className={styles.facts}>
      <span>
        {machine}
        {known &&
          ` · ${known.user_id === user.id ? t('terminals.own') : t('terminals.by', { name: known.username })}`}
      </span>
      {cols > 0 && <span>{t('terminals.size', { cols, rows })}</span>}
      {report.asked && <span role="status">{t('terminals.sizeAsked', { ...report.asked })}</span>}
      {watching.length > 0 && (
        <span className={styles.fact}>
          <Users size={14} aria-hidden />
          {t('terminals.watching', { count: watching.length, names: times.names(watching) })}
        </span>
      )}
      {report.recorded && (
        <span className={styles.fact}>
          <Disc size={14} aria-hidden />
          {t('terminals.recorded')}
        </span>
      )}
      {report.phase === 'open' && (
        <span
          className={styles.path}
          title={t(`terminals.pathTitle.${way}`, { address: address ?? '' })}
        >
          <Radio size={14} aria-hidden />
          {path}
        </span>
      )}
    </p>
  );
}

/** Why there is no output at this moment. */
function Phase({ terminal }: { readonly terminal: Terminal }) {
  const { t } = useTranslation();
  const { direct } = useWorkspace();
  const trouble = useTerminalTrouble();
  const { report } = useStore(terminal.state);
  const { machine } = terminal.place;
  const { exit, error } = report;
  const again = () => {
    terminal.again();
  };
  switch (report.phase) {
    case 'open':
      return null;
    case 'connecting':
    case 'permission':
      return (
        <p className={styles.note} role="status">
          {t(`terminals.phase.${report.phase}`, { machine })}
        </p>
      );
    case 'ended':
      return (
        <p className={styles.note} role="status">
          {typeof exit?.signal === 'number'
            ? t('terminals.phase.endedSignal', { signal: exit.signal })
            : t('terminals.phase.endedCode', { code: exit?.code ?? 0 })}
        </p>
      );
    case 'retrying':
      return <Retrying at={report.retryAt} onAgain={again} />;
    case 'failed':
      return (
        <div className={styles.failed} role="alert" title={error?.detail}>
          <p>{trouble(report)}</p>
          {error?.code === 'key_changed' ? (
            <Button
              size="small"
              look="danger"
              onClick={() => {
                direct.trust(machine);
                again();
              }}
            >
              {t('straight.trust')}
            </Button>
          ) : (
            <Button size="small" onClick={again}>
              {t('common.retry')}
            </Button>
          )}
        </div>
      );
  }
}

function Retrying({ at, onAgain }: { readonly at: number | null; readonly onAgain: () => void }) {
  const { t, i18n } = useTranslation();
  const now = useNow();
  const when = relative(i18n.language, Math.max(at ?? now, now), now);
  return (
    <div className={styles.failed} role="status">
      <p>{t('terminals.phase.retrying', { when })}</p>
      <Button size="small" onClick={onAgain}>
        {t('terminals.again')}
      </Button>
    </div>
  );
}
