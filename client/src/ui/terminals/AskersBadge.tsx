import { useTranslation } from 'react-i18next';
import { askers } from '../../model/own_terminals';
import { useStore, useWorkspace } from '../context';

/** How many people wait for a keyboard, beside the page's name. */
export function AskersBadge({ className }: { readonly className: string | undefined }) {
  const { t } = useTranslation();
  const { ownTerminals } = useWorkspace();
  const count = askers(useStore(ownTerminals.state));
  if (count === 0) return null;
  return (
    <span className={className} role="img" aria-label={t('terminals.mine.waiting', { count })}>
      {count}
    </span>
  );
}
