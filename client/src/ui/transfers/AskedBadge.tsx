import { useTranslation } from 'react-i18next';
import { placeOf } from '../../model/transfers';
import { useStore, useWorkspace } from '../context';
import { useOffers } from '../direct/Offers';

/** How many files wait for an answer; nothing when none does. */
export function AskedBadge({ className }: { readonly className: string | undefined }) {
  const { t } = useTranslation();
  const { transfers } = useWorkspace();
  const offers = useOffers().length;
  const asked = useStore(transfers.state).transfers.filter((it) => placeOf(it) === 'asked').length;
  const count = asked + offers;
  if (count === 0) return null;
  return (
    <span className={className} role="img" aria-label={t('transfers.waiting', { count })}>
      {count}
    </span>
  );
}
