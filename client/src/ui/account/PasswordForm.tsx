import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ApiError, asApiError } from '../../protocol/api_error';
import { useAction, useWorkspace } from '../context';
import { Button } from '../kit/Button';
import { ErrorNote } from '../kit/ErrorNote';
import { Field } from '../kit/Field';
import styles from './account.module.css';

export function PasswordForm() {
  const { t } = useTranslation();
  const { rest, user, logins } = useWorkspace();
  const [current, setCurrent] = useState('');
  const [next, setNext] = useState('');
  const [done, setDone] = useState(false);
  const action = useAction(async () => {
    setDone(false);
    try {
      await rest.changePassword(user.has_password ? current : null, next);
    } catch (thrown) {
      const error = asApiError(thrown);
      throw error.code === 'invalid_credentials' ? new ApiError('wrong_password') : error;
    }
    setCurrent('');
    setNext('');
    setDone(true);
    void logins.load();
  });
  return (
    <form
      className={styles.form}
      onSubmit={(event) => {
        event.preventDefault();
        void action.run();
      }}
    >
      <input
        type="text"
        name="username"
        autoComplete="username"
        value={user.username}
        readOnly
        hidden
      />
      {user.has_password && (
        <Field
          label={t('account.currentPassword')}
          type="password"
          autoComplete="current-password"
          required
          value={current}
          onValue={setCurrent}
        />
      )}
      <Field
        label={t('auth.newPassword')}
        type="password"
        autoComplete="new-password"
        required
        hint={t('account.passwordNote')}
        value={next}
        onValue={setNext}
      />
      {action.error && <ErrorNote error={action.error} />}
      <Button type="submit" busy={action.busy}>
        {t('account.changePassword')}
      </Button>
      <p role="status" className={styles.done}>
        {done && t('account.passwordChanged')}
      </p>
    </form>
  );
}
