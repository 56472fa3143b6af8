import { ArrowDownToLine, ArrowUpFromLine, Check, CirclePause, CircleX } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { TransferWish } from '../../protocol/command';
import { averageRate, keyOf, placeOf, wishesFor, type Transfer } from '../../model/transfers';
import { useStore, useWorkspace } from '../context';
import { Button } from '../kit/Button';
import { Tag } from '../kit/Parts';
import row from '../kit/row.module.css';
import { ProgressBar } from '../kit/ProgressBar';
import { useAmounts } from '../texts/amounts';
import { transfers as words } from '../texts/en_transfers';
import { useTimes } from '../texts/time';
import styles from './transfers.module.css';

const looks: Partial<Record<TransferWish, 'primary' | 'quietDanger'>> = {
  accept: 'primary',
  cancel: 'quietDanger',
};

export function TransferRow({ transfer }: { readonly transfer: Transfer }) {
  const { t } = useTranslation();
  const { transfers, connection } = useWorkspace();
  const { busy, machines } = useStore(transfers.state);
  const online = useStore(connection.state).phase === 'online';
  const reachable = online && machines.get(transfer.machine) !== 'gone';
  const waits = busy.has(keyOf(transfer));
  const place = placeOf(transfer);
  const person = transfer.username === '' ? transfer.device_id : transfer.username;
  const names = { person, device: transfer.device_id, machine: transfer.machine };
  const wishes = wishesFor(transfer);
  return (
    <li className={styles.transfer} data-row tabIndex={-1}>
      <Glyph transfer={transfer} />
      <div className={styles.what}>
        <p className={row.name}>
          <span>{transfer.name}</span>
          {place === 'underWay' && transfer.state !== 'running' && (
            <Tag>{t(`transfers.state.${transfer.state}`)}</Tag>
          )}
        </p>
        <p className={row.meta}>
          {t(transfer.direction === 'in' ? 'transfers.incoming' : 'transfers.outgoing', names)}
        </p>
        {place !== 'ended' && <Standing transfer={transfer} />}
        {place === 'ended' && <Ending transfer={transfer} />}
      </div>
      {wishes.length > 0 && (
        <div className={styles.wishes}>
          {wishes.map((wish) => {
            // What waits for its next attempt is sent sooner; what ended is sent anew.
            const word = wish === 'retry' && place === 'ended' ? 'again' : wish;
            return (
              <Button
                key={wish}
                size="small"
                look={looks[wish] ?? 'plain'}
                busy={waits}
                disabled={!reachable}
                aria-label={t(`transfers.wishOf.${word}`, { name: transfer.name })}
                onClick={() => {
                  transfers.wish(transfer, wish);
                }}
              >
                {t(`transfers.wish.${word}`)}
              </Button>
            );
          })}
        </div>
      )}
    </li>
  );
}

function Glyph({ transfer }: { readonly transfer: Transfer }) {
  const { state, direction } = transfer;
  const Way = direction === 'in' ? ArrowDownToLine : ArrowUpFromLine;
  const Icon =
    { done: Check, failed: CircleX, paused: CirclePause }[state as 'done' | 'failed' | 'paused'] ??
    Way;
  const tone =
    { done: styles.good, failed: styles.bad }[state as 'done' | 'failed'] ?? styles.moving;
  return (
    <span className={`${row.glyph} ${tone}`} aria-hidden>
      <Icon size={19} />
    </span>
  );
}

/** How far it is. */
function Standing({ transfer }: { readonly transfer: Transfer }) {
  const { t } = useTranslation();
  const amounts = useAmounts();
  const { size, offset, state } = transfer;
  const part = size === 0 ? 0 : Math.min(1, offset / size);
  if (state === 'waiting' && offset === 0)
    return (
      <p className={row.meta}>
        {[
          transfer.folder && t('transfers.folder.holds', { count: transfer.folder.files }),
          amounts.bytes(size),
        ]
          .filter((fact) => fact !== null)
          .join(' · ')}
      </p>
    );
  const runs = state === 'running';
  const facts = [
    amounts.percent(part),
    transfer.folder &&
      t('transfers.folder.files', {
        count: transfer.folder.files,
        done: transfer.folder.files_done,
      }),
    t('transfers.of', { done: amounts.bytes(offset), size: amounts.bytes(size) }),
    runs && transfer.rate > 0 && amounts.speed(transfer.rate),
    runs &&
      transfer.eta_seconds !== null &&
      t('transfers.left', { time: amounts.duration(transfer.eta_seconds) }),
  ].filter((fact) => fact !== false && fact !== null);
  return (
    <>
      <ProgressBar
        label={t('transfers.progressOf', { name: transfer.name })}
        part={part}
        still={!runs}
      />
      <p className={`${row.meta} ${styles.facts}`}>{facts.join(' · ')}</p>
      {runs && transfer.folder && transfer.folder.current !== null && (
        <p className={`${row.meta} ${styles.current}`} title={transfer.folder.current}>
          {t('transfers.folder.current', { path: transfer.folder.current })}
        </p>
      )}
      {state === 'queued' && transfer.error && <Why code={transfer.error.code} />}
    </>
  );
}

/** How it ended. */
function Ending({ transfer }: { readonly transfer: Transfer }) {
  const { t } = useTranslation();
  const amounts = useAmounts();
  const times = useTimes();
  if (transfer.state === 'failed') return <Why code={transfer.error?.code ?? 'internal'} />;
  const renamed = transfer.stored !== null && transfer.stored !== transfer.name;
  const facts = [
    transfer.folder && t('transfers.folder.holds', { count: transfer.folder.files }),
    t('transfers.took', {
      size: amounts.bytes(transfer.size),
      time: amounts.duration(transfer.seconds),
    }),
    amounts.speed(averageRate(transfer)),
    transfer.before > 0 && t('transfers.already', { amount: amounts.bytes(transfer.before) }),
    transfer.resent > 0 && t('transfers.resent', { amount: amounts.bytes(transfer.resent) }),
    transfer.folder !== null &&
      transfer.folder.omitted > 0 &&
      t('transfers.folder.omitted', { count: transfer.folder.omitted }),
    transfer.folder !== null &&
      transfer.folder.renamed > 0 &&
      t('transfers.folder.renamed', { count: transfer.folder.renamed }),
    times.ago(Date.parse(transfer.started_at) + transfer.seconds * 1000),
  ].filter((fact) => fact !== false && fact !== null);
  return (
    <>
      <p className={`${row.meta} ${styles.facts}`}>{facts.join(' · ')}</p>
      {renamed && <p className={row.meta}>{t('transfers.storedAs', { name: transfer.stored })}</p>}
      {transfer.hash !== null && (
        <details className={`${row.more} ${styles.hash}`}>
          <summary>{t(transfer.folder ? 'transfers.hashOfFolder' : 'transfers.hash')}</summary>
          <code>{transfer.hash}</code>
        </details>
      )}
    </>
  );
}

type Reason = Exclude<keyof typeof words.why, 'other'>;
const isWorded = (code: string): code is Reason =>
  code !== 'other' && Object.hasOwn(words.why, code);

function Why({ code }: { readonly code: string }) {
  const { t } = useTranslation();
  return (
    <p className={row.meta}>
      {isWorded(code) ? t(`transfers.why.${code}`) : t('transfers.why.other', { code })}
    </p>
  );
}
