/** What one's machines offer to this browser, and what comes of it. */
import { useTranslation } from 'react-i18next';
import { isUnderWay } from '../../model/direct';
import { isOfferTo, keyOf, type Transfer } from '../../model/transfers';
import { useStore, useWorkspace } from '../context';
import { Button } from '../kit/Button';
import { useAmounts } from '../texts/amounts';
import { onListKey } from '../shell/list_keys';
import shell from '../shell/shell.module.css';
import { DirectAbility } from './DirectPanel';
import { FileRow } from './FileRow';
import styles from './direct.module.css';

/** Offers that nobody at this browser has taken yet. */
export function useOffers(): readonly Transfer[] {
  const { direct, transfers, thisDevice } = useWorkspace();
  const self = useStore(thisDevice);
  const { files } = useStore(direct.state);
  const taken = new Set(files.filter(isUnderWay).map(({ offer }) => offer));
  return useStore(transfers.state).transfers.filter(
    (it) => isOfferTo(self, it) && !taken.has(it.transfer_id),
  );
}

export function Offers() {
  const { t } = useTranslation();
  const { direct } = useWorkspace();
  const offers = useOffers();
  const { files } = useStore(direct.state);
  const mine = files.filter(({ way }) => way === 'in');
  if (offers.length === 0 && mine.length === 0) return null;
  return (
    <section className={shell.section} aria-live="polite" aria-label={t('straight.offers')}>
      <h2>{t('straight.offers')}</h2>
      <ul className={`${shell.list} ${styles.offers}`} onKeyDown={onListKey}>
        {offers.map((offer) => (
          <Offer key={keyOf(offer)} offer={offer} />
        ))}
        {mine.map((file) => (
          <FileRow
            key={file.id}
            file={file}
            onTrust={() => {
              direct.trust(file.machine);
            }}
          />
        ))}
      </ul>
      {mine.some(isUnderWay) && <p className={styles.note}>{t('straight.leave')}</p>}
      <DirectAbility />
    </section>
  );
}

function Offer({ offer }: { readonly offer: Transfer }) {
  const { t } = useTranslation();
  const amounts = useAmounts();
  const { direct, transfers } = useWorkspace();
  const { machines } = useStore(transfers.state);
  const { name, size, machine, transfer_id } = offer;
  const reachable = machines.get(machine) !== 'gone' && direct.usable;
  const file = { offer: transfer_id, path: '' };
  return (
    <li className={styles.file} data-row tabIndex={-1}>
      <div className={styles.what}>
        <p className={styles.name}>{name}</p>
        <p className={styles.facts}>
          {amounts.bytes(size)} · {t('straight.offeredBy', { machine })}
        </p>
      </div>
      <div className={styles.wishes}>
        <Button
          size="small"
          look="primary"
          disabled={!reachable}
          aria-label={t('straight.saveOf', { name })}
          onClick={() => {
            direct.take(machine, file, { name, size });
          }}
        >
          {t('straight.save')}
        </Button>
        {direct.canChoosePlace && (
          <Button
            size="small"
            disabled={!reachable}
            aria-label={t('straight.saveAsOf', { name })}
            onClick={() => void direct.takeTo(machine, file, { name, size })}
          >
            {t('straight.saveAs')}
          </Button>
        )}
        <Button
          size="small"
          look="quietDanger"
          disabled={machines.get(machine) === 'gone'}
          aria-label={t('transfers.wishOf.refuse', { name })}
          onClick={() => {
            transfers.wish(offer, 'cancel');
          }}
        >
          {t('transfers.wish.refuse')}
        </Button>
      </div>
    </li>
  );
}
