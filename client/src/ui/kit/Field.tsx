import { Eye, EyeOff } from 'lucide-react';
import { useId, useState, type InputHTMLAttributes, type Ref } from 'react';
import { useTranslation } from 'react-i18next';
import { IconButton } from './Button';
import styles from './field.module.css';

interface Props extends Omit<InputHTMLAttributes<HTMLInputElement>, 'onChange' | 'value'> {
  readonly label: string;
  readonly value: string;
  readonly onValue: (value: string) => void;
  readonly hint?: string | undefined;
  /** What is wrong with the value; the hint stays below it. */
  readonly error?: string | null;
  readonly code?: boolean;
  readonly ref?: Ref<HTMLInputElement>;
}

export function Field({ label, value, onValue, hint, error, code, type, ...rest }: Props) {
  const { t } = useTranslation();
  const id = useId();
  const [shown, setShown] = useState(false);
  const notes = [error, hint].filter(Boolean);
  const secret = type === 'password';
  const look = [styles.input, code && styles.code, secret && styles.withButton];
  return (
    <div className={styles.field}>
      <label className={styles.label} htmlFor={id}>
        {label}
      </label>
      <div className={styles.box}>
        <input
          {...rest}
          id={id}
          type={secret && shown ? 'text' : type}
          className={look.filter(Boolean).join(' ')}
          value={value}
          aria-invalid={error ? true : undefined}
          aria-describedby={notes.length > 0 ? `${id}-note` : undefined}
          onChange={(event) => {
            onValue(event.target.value);
          }}
        />
        {secret && (
          <IconButton
            className={styles.inBox}
            label={shown ? t('auth.hidePassword') : t('auth.showPassword')}
            icon={shown ? <EyeOff size={17} /> : <Eye size={17} />}
            onClick={() => {
              setShown(!shown);
            }}
          />
        )}
      </div>
      {notes.length > 0 && (
        <div id={`${id}-note`} className={styles.notes}>
          {error && <p className={styles.error}>{error}</p>}
          {hint && <p className={styles.hint}>{hint}</p>}
        </div>
      )}
    </div>
  );
}
