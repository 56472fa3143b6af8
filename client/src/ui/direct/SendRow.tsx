import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { secondsLeft, sendWishes, type Send, type SendWish } from '../../model/direct';
import { useWorkspace } from '../context';
import { Button } from '../kit/Button';
import { Tag } from '../kit/Parts';
import { useAmounts } from '../texts/amounts';
import { useTimes } from '../texts/time';
import row from '../kit/row.module.css';
import { Trouble } from './Trouble';
import { useMilliseconds } from './words';
import styles from './direct.module.css';

interface Props {
  readonly send: Send;
  readonly onTrust: () => void;
}

const looks: Partial<Record<SendWish, 'quiet' | 'quietDanger'>> = {
  cancel: 'quietDanger',
  dismiss: 'quiet',
};

const connected: ReadonlySet<Send['state']> = new Set(['waiting', 'comparing', 'running', 'done']);

/** One file: where it stands, and what can be done about it. */
export function SendRow({ send, onTrust }: Props) {
  const { t } = useTranslation();
  const { direct } = useWorkspace();
  return (
    <li className={styles.file}>
      <div className={styles.what}>
        <p className={styles.name}>
          <span>{send.name}</span>
          <State send={send} />
          {connected.has(send.state) && <Path roundTrip={send.roundTrip} />}
        </p>
        {send.state === 'done' ? <Done send={send} /> : <Standing send={send} />}
        {send.state === 'permission' && <p className={styles.note}>{t('straight.asksYou')}</p>}
        {send.error && <Trouble trouble={send.error} onTrust={onTrust} />}
      </div>
      <div className={styles.wishes}>
        {sendWishes(send).map((wish) => (
          <Button
            key={wish}
            size="small"
            look={looks[wish] ?? 'plain'}
            aria-label={t(`straight.wishOf.${wish}`, { name: send.name })}
            onClick={() => {
              direct.wish(send, wish);
            }}
          >
            {t(`straight.wish.${wish}`)}
          </Button>
        ))}
      </div>
    </li>
  );
}

function State({ send }: { readonly send: Send }) {
  const { t } = useTranslation();
  const times = useTimes();
  const [, tick] = useState(0);
  const waits = send.state === 'retrying';
  useEffect(() => {
    if (!waits) return;
    const timer = setInterval(() => {
      tick((count) => count + 1);
    }, 1_000);
    return () => {
      clearInterval(timer);
    };
  }, [waits]);
  if (send.state === 'running') return null;
  const when = send.retryAt === null ? '' : times.ago(send.retryAt);
  return (
    <Tag>
      {send.state === 'retrying'
        ? t('straight.state.retrying', { when })
        : t(`straight.state.${send.state}`)}
    </Tag>
  );
}

/** How the bytes travel, wherever they do. */
function Path({ roundTrip }: { readonly roundTrip: number | null }) {
  const { t } = useTranslation();
  const milliseconds = useMilliseconds();
  return (
    <Tag>
      {roundTrip === null
        ? t('straight.path')
        : t('straight.pathTime', { time: milliseconds(roundTrip) })}
    </Tag>
  );
}

function Standing({ send }: { readonly send: Send }) {
  const { t } = useTranslation();
  const amounts = useAmounts();
  const { size, offset, rate, state } = send;
  const part = size === 0 ? 0 : Math.min(1, offset / size);
  const left = secondsLeft(send);
  if (offset === 0 && state !== 'running')
    return <p className={styles.facts}>{amounts.bytes(size)}</p>;
  const facts = [
    amounts.percent(part),
    t('transfers.of', { done: amounts.bytes(offset), size: amounts.bytes(size) }),
    rate > 0 && amounts.speed(rate),
    left !== null && t('transfers.left', { time: amounts.duration(left) }),
  ].filter((fact) => fact !== false);
  return (
    <>
      <progress
        className={styles.bar}
        aria-label={t('transfers.progressOf', { name: send.name })}
        max={100}
        value={Math.floor(part * 100)}
      />
      <p className={styles.facts}>{facts.join(' · ')}</p>
    </>
  );
}

function Done({ send }: { readonly send: Send }) {
  const { t } = useTranslation();
  const amounts = useAmounts();
  const seconds = send.milliseconds / 1_000;
  const facts = [
    t('transfers.took', { size: amounts.bytes(send.size), time: amounts.duration(seconds) }),
    seconds > 0 && amounts.speed((send.size - send.before) / seconds),
    send.before > 0 && t('transfers.already', { amount: amounts.bytes(send.before) }),
    t('straight.verified'),
  ].filter((fact) => fact !== false);
  return (
    <>
      <p className={styles.facts}>{facts.join(' · ')}</p>
      {send.stored !== null && send.stored !== send.name && (
        <p className={styles.facts}>{t('transfers.storedAs', { name: send.stored })}</p>
      )}
      {send.hash !== null && (
        <details className={row.more}>
          <summary>{t('transfers.hash')}</summary>
          <code>{send.hash}</code>
        </details>
      )}
    </>
  );
}
