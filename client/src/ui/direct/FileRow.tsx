import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { fileWishes, secondsLeft, type DirectFile, type FileWish } from '../../model/direct';
import { useWorkspace } from '../context';
import { Button } from '../kit/Button';
import { Tag } from '../kit/Parts';
import { useAmounts } from '../texts/amounts';
import { useTimes } from '../texts/time';
import row from '../kit/row.module.css';
import { ProgressBar } from '../kit/ProgressBar';
import { Trouble } from './Trouble';
import { useMilliseconds } from './words';
import styles from './direct.module.css';

interface Props {
  readonly file: DirectFile;
  readonly onTrust: () => void;
}

const looks: Partial<Record<FileWish, 'quiet' | 'quietDanger'>> = {
  cancel: 'quietDanger',
  dismiss: 'quiet',
};

const connected: ReadonlySet<DirectFile['state']> = new Set([
  'waiting',
  'comparing',
  'running',
  'done',
]);

/** One file: where it stands, and what can be done about it. */
export function FileRow({ file, onTrust }: Props) {
  const { t } = useTranslation();
  const { direct } = useWorkspace();
  return (
    <li className={styles.file}>
      <div className={styles.what}>
        <p className={styles.name}>
          <span>{file.name}</span>
          {file.count !== null && <Tag>{t('transfers.folder.holds', { count: file.count })}</Tag>}
          <State file={file} />
          {connected.has(file.state) && <Path path={file.path} roundTrip={file.roundTrip} />}
        </p>
        {file.state === 'done' ? <Done file={file} /> : <Standing file={file} />}
        {file.state === 'permission' && <p className={styles.note}>{t('straight.asksYou')}</p>}
        {file.error && <Trouble trouble={file.error} way={file.way} onTrust={onTrust} />}
      </div>
      <div className={styles.wishes}>
        {fileWishes(file).map((wish) => (
          <Button
            key={wish}
            size="small"
            look={looks[wish] ?? 'plain'}
            aria-label={t(`straight.wishOf.${wish}`, { name: file.name })}
            onClick={() => {
              direct.wish(file, wish);
            }}
          >
            {t(`straight.wish.${wish}`)}
          </Button>
        ))}
      </div>
    </li>
  );
}

function State({ file }: { readonly file: DirectFile }) {
  const { t } = useTranslation();
  const times = useTimes();
  const [, tick] = useState(0);
  const waits = file.state === 'retrying';
  useEffect(() => {
    if (!waits) return;
    const timer = setInterval(() => {
      tick((count) => count + 1);
    }, 1_000);
    return () => {
      clearInterval(timer);
    };
  }, [waits]);
  if (file.state === 'running') return null;
  const when = file.retryAt === null ? '' : times.ago(file.retryAt);
  const ended = file.state === 'done' || file.state === 'failed' ? file.state : null;
  return (
    <Tag>
      {file.way === 'in' && ended !== null
        ? t(`straight.taken.${ended}`)
        : t(`straight.state.${file.state}`, { when })}
    </Tag>
  );
}

/** How the bytes travel, wherever they do. */
function Path({ path, roundTrip }: Pick<DirectFile, 'path' | 'roundTrip'>) {
  const { t } = useTranslation();
  const milliseconds = useMilliseconds();
  if (path === null) return null;
  return (
    <Tag>
      {roundTrip === null
        ? t(`straight.path.${path}`)
        : t(`straight.pathTime.${path}`, { time: milliseconds(roundTrip) })}
    </Tag>
  );
}

function Standing({ file }: { readonly file: DirectFile }) {
  const { t } = useTranslation();
  const amounts = useAmounts();
  const { size, offset, rate, state } = file;
  const part = size === 0 ? 0 : Math.min(1, offset / size);
  const left = secondsLeft(file);
  if (size === 0 && file.way === 'in') return null; // nobody has said yet
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
      <ProgressBar label={t('transfers.progressOf', { name: file.name })} part={part} />
      <p className={styles.facts}>{facts.join(' · ')}</p>
    </>
  );
}

function Done({ file }: { readonly file: DirectFile }) {
  const { t } = useTranslation();
  const amounts = useAmounts();
  const seconds = file.milliseconds / 1_000;
  const facts = [
    t('transfers.took', { size: amounts.bytes(file.size), time: amounts.duration(seconds) }),
    seconds > 0 && amounts.speed((file.size - file.before) / seconds),
    file.before > 0 && t('transfers.already', { amount: amounts.bytes(file.before) }),
    file.omitted > 0 && t('transfers.folder.omitted', { count: file.omitted }),
    t('straight.verified'),
  ].filter((fact) => fact !== false);
  return (
    <>
      <p className={styles.facts}>{facts.join(' · ')}</p>
      {file.stored !== null && file.stored !== file.name && (
        <p className={styles.facts}>{t('transfers.storedAs', { name: file.stored })}</p>
      )}
      {file.hash !== null && (
        <details className={row.more}>
          <summary>{t(file.count === null ? 'transfers.hash' : 'transfers.hashOfFolder')}</summary>
          <code>{file.hash}</code>
        </details>
      )}
    </>
  );
}
