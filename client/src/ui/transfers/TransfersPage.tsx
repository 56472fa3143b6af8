import { ArrowDownUp, Laptop, TriangleAlert } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { isOfferTo, keyOf, placeOf, type Place, type Transfer } from '../../model/transfers';
import { useStore, useWorkspace } from '../context';
import { Offers } from '../direct/Offers';
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
  const { transfers: model, direct, thisDevice } = useWorkspace();
  const { loaded, machines, transfers: all } = useStore(model.state);
  const self = useStore(thisDevice);
  const { files } = useStore(direct.state);
  const coming = files.filter(({ way }) => way === 'in').map(({ offer }) => offer);
  const offered = all.filter((it) => isOfferTo(self, it)).length > 0 || coming.length > 0;
  // What comes into this browser stands in its own list.
  const transfers = all.filter((it) => !isOfferTo(self, it) && !coming.includes(it.transfer_id));
  const states = [...machines.values()];
  const asking = !loaded || states.includes('asked');
  const connected = states.some((state) => state !== 'gone');
  const shown = places.filter((place) => transfers.some((it) => placeOf(it) === place));
  const empty = shown.length === 0 && !offered;
  return (
    <div className={shell.page}>
      <PageTitle name={t('transfers.title')} />
      <div className={shell.pageInner}>
        <header>
          <h1>{t('transfers.title')}</h1>
          <p className={shell.pageIntro}>{t('transfers.intro')}</p>
        </header>
        <Notes />
        <Offers />
        {shown.map((place) => (
          <Group
            key={place}
            place={place}
            transfers={transfers.filter((it) => placeOf(it) === place)}
          />
        ))}
        {empty && asking && <Skeleton rows={4} />}
        {empty && !asking && !connected && (
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
        {empty && !asking && connected && (
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
