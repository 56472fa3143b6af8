import { useTranslation } from 'react-i18next';
import { Dialog } from '../kit/Dialog';
import styles from './overlay.module.css';

const keys = [
  ['switch', ['Ctrl', 'K']],
  ['map', ['?']],
  ['close', ['Esc']],
  ['rooms', ['Alt', '↑', '↓']],
  ['list', ['j', 'k']],
  ['write', ['i']],
  ['people', ['p']],
  ['transfers', ['t']],
  ['send', ['Enter']],
  ['line', ['Shift', 'Enter']],
] as const;

export function KeyMap({ onClose }: { readonly onClose: () => void }) {
  const { t } = useTranslation();
  return (
    <Dialog title={t('keys.title')} onClose={onClose}>
      <dl className={styles.keys}>
        {keys.map(([name, caps]) => (
          <div key={name} className={styles.key}>
            <dt>{t(`keys.${name}`)}</dt>
            <dd className={styles.caps}>
              {caps.map((cap) => (
                <kbd key={cap} className={styles.cap}>
                  {cap}
                </kbd>
              ))}
            </dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}
