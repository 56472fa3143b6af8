import { CircleAlert } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { ApiError } from '../../protocol/api_error';
import { useErrorWords } from '../texts/error_words';
import { Button } from './Button';
import styles from './kit.module.css';

interface Props {
  readonly error: ApiError;
  readonly onRetry?: () => void;
}

/** The cause, the next step, and a way to try again. */
export function ErrorNote({ error, onRetry }: Props) {
  const { t } = useTranslation();
  const { cause, next } = useErrorWords()(error);
  return (
    <div role="alert" className={styles.note}>
      <CircleAlert size={17} aria-hidden />
      <p className={styles.noteText}>
        {cause} <span className={styles.noteNext}>{next}</span>
      </p>
      {onRetry && (
        <Button size="small" onClick={onRetry}>
          {t('common.retry')}
        </Button>
      )}
    </div>
  );
}
