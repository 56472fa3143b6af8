import { ArrowDownUp, Laptop, TriangleAlert } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { keyOf, placeOf, type Place, type Transfer } from '../../model/transfers';
import { useStore, useWorkspace } from '../context';
import { ButtonLink } from '../kit/Button';
import { CopyField, Empty, Skeleton } from '../kit/Parts';
import row from '../kit/row.module.css';
import { onListKey } from '../shell/list_keys';
import { PageTitle } from '../shell/PageTitle';
import shell from '../shell/shell.module.css';
import { useTimes } from '../texts/time';
import { TransferRow } from './TransferRow';
import styles from './transfers.module.css';

const places: readonly Place[] = ['asked', 'underWay', 'ended'];

/** What one's own machines send and receive. */
export function TransfersPage() {
  const { t } = useTranslation();
  const model = useWorkspace().transfers;
  const { loaded, machines, transfers } = useStore(model.state);
  const states = [...machines.values()];
  const asking = !loaded || states.includes('asked');
  const connected = states.some((state) => state !== 'gone');
  const shown = places.filter((place) => transfers.some((it) => placeOf(it) === place));
  return (
    <div className={shell.page}>
      <PageTitle name={t('transfers.title')} />
      <div className={shell.pageInner}>
        <header>
          <h1>{t('transfers.title')}</h1>
          <p className={shell.pageIntro}>{t('transfers.intro')}</p>
        </header>
        <Notes />
        {shown.map((place) => (
          <Group
            key={place}
            place={place}
            transfers={transfers.filter((it) => placeOf(it) === place)}
          />
        ))}
        {shown.length === 0 && asking && <Skeleton rows={4} />}
        {shown.length === 0 && !asking && !connected && (
          <Empty
            icon={<Laptop size={26} />}
            title={t('transfers.noMachineTitle')}
            text={t('transfers.noMachineText')}
          >
            <ButtonLink href="#/devices" look="primary">
              {t('transfers.toDevices')}
            </ButtonLink>
          </Empty>
        )}
        {shown.length === 0 && !asking && connected && (
          <div className={styles.none}>
            <Empty
              icon={<ArrowDownUp size={26} />}
              title={t('transfers.noneTitle')}
              text={t('transfers.noneText')}
            />
            <CopyField label="mesh-agent" text="mesh-agent send FILE --to NAME" />
          </div>
        )}
      </div>
    </div>
  );
}

interface GroupProps {
  readonly place: Place;
  readonly transfers: readonly Transfer[];
}

function Group({ place, transfers }: GroupProps) {
  const { t } = useTranslation();
  return (
    <section
      className={shell.section}
      aria-live={place === 'asked' ? 'polite' : undefined}
      aria-label={t(`transfers.${place}`)}
    >
      <h2>{t(`transfers.${place}`)}</h2>
      <ul className={shell.list} onKeyDown={onListKey}>
        {transfers.map((transfer) => (
          <TransferRow key={keyOf(transfer)} transfer={transfer} />
        ))}
      </ul>
    </section>
  );
}

/** Machines whose word is missing. */
function Notes() {
  const { t } = useTranslation();
  const times = useTimes();
  const model = useWorkspace().transfers;
  const { machines, transfers } = useStore(model.state);
  const named = (state: 'silent' | 'gone') =>
    [...machines].filter(([, it]) => it === state).map(([machine]) => machine);
  const gone = named('gone').filter((machine) =>
    transfers.some((it) => it.machine === machine && placeOf(it) !== 'ended'),
  );
  const notes = [
    { key: 'silent', names: named('silent') },
    { key: 'gone', names: gone },
  ] as const;
  return notes
    .filter(({ names }) => names.length > 0)
    .map(({ key, names }) => (
      <p key={key} className={row.note}>
        <TriangleAlert size={17} aria-hidden />
        <span>{t(`transfers.${key}`, { names: times.names(names) })}</span>
      </p>
    ));
}
