import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { ApiError } from '../../protocol/api_error';
import { useAction } from '../context';
import { Button } from '../kit/Button';
import { ErrorNote } from '../kit/ErrorNote';
import { Field } from '../kit/Field';
import { useErrorWords } from '../texts/error_words';
import styles from './auth.module.css';

interface Props {
  readonly verb: string;
  /** A new password is being chosen. */
  readonly choosing: boolean;
  readonly submit: (username: string, password: string) => Promise<void>;
}

function fieldOf(error: ApiError): 'username' | 'password' | null {
  if (error.code === 'username_taken' || error.field === 'username') return 'username';
  if (error.code === 'password_too_short' || error.field?.endsWith('password')) return 'password';
  return null;
}

/** Username and password; an error about one of them stands under it. */
export function CredentialsForm({ verb, choosing, submit }: Props) {
  const { t } = useTranslation();
  const words = useErrorWords();
  const [username, setUsername] = useState('');
  const [password, setPassword] = useState('');
  const action = useAction(() => submit(username.trim().toLowerCase(), password));
  const where = action.error ? fieldOf(action.error) : null;
  const said = (name: 'username' | 'password') => {
    if (!action.error || where !== name) return null;
    const { cause, next } = words(action.error);
    return `${cause} ${next}`;
  };
  return (
    <form
      className={styles.form}
      onSubmit={(event) => {
        event.preventDefault();
        void action.run();
      }}
    >
      <Field
        label={t('auth.username')}
        name="username"
        autoComplete="username"
        autoCapitalize="none"
        spellCheck={false}
        maxLength={32}
        required
        autoFocus
        value={username}
        onValue={setUsername}
        hint={choosing ? t('auth.usernameHint') : undefined}
        error={said('username')}
      />
      <Field
        label={t('auth.password')}
        name="password"
        type="password"
        autoComplete={choosing ? 'new-password' : 'current-password'}
        required
        value={password}
        onValue={setPassword}
        error={said('password')}
      />
      {action.error && !where && <ErrorNote error={action.error} />}
      <Button type="submit" look="primary" size="wide" busy={action.busy}>
        {verb}
      </Button>
    </form>
  );
}
