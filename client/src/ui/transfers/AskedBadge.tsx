import { useTranslation } from 'react-i18next';
import { placeOf } from '../../model/transfers';
import { useStore, useWorkspace } from '../context';

/** How many files wait for an answer; nothing when none does. */
export function AskedBadge({ className }: { readonly className: string | undefined }) {
  const { t } = useTranslation();
  const { transfers } = useWorkspace();
  const count = useStore(transfers.state).transfers.filter((it) => placeOf(it) === 'asked').length;
  if (count === 0) return null;
  return (
    <span className={className} role="img" aria-label={t('transfers.waiting', { count })}>
      {count}
    </span>
  );
}
