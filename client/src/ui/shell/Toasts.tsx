import { X } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { useMesh, useStore } from '../context';
import { IconButton } from '../kit/Button';
import { useErrorWords } from '../texts/error_words';
import styles from './overlay.module.css';

export function Toasts() {
  const { t } = useTranslation();
  const { notices } = useMesh();
  const shown = useStore(notices.state);
  const words = useErrorWords();
  return (
    <div className={styles.toasts} role="status">
      {shown.map((notice) => (
        <div key={notice.id} className={styles.toast}>
          <span className={styles.toastText}>
            {words(notice.error).cause} {words(notice.error).next}
          </span>
          <IconButton
            size="small"
            label={t('common.dismiss')}
            icon={<X size={16} />}
            onClick={() => {
              notices.dismiss(notice.id);
            }}
          />
        </div>
      ))}
    </div>
  );
}
