import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ApiError, asApiError } from '../../protocol/api_error';
import { useAction, useMesh } from '../context';
import { Button } from '../kit/Button';
import { Dialog, DialogFoot } from '../kit/Dialog';
import { ErrorNote } from '../kit/ErrorNote';
import { Field } from '../kit/Field';
import styles from './account.module.css';

/** Asks for the password once more before everything goes. */
export function DeleteAccount() {
  const { t } = useTranslation();
  const { session } = useMesh();
  const [asking, setAsking] = useState(false);
  const [password, setPassword] = useState('');
  const action = useAction(async () => {
    try {
      await session.deleteAccount(password);
    } catch (thrown) {
      const error = asApiError(thrown);
      throw error.code === 'invalid_credentials' ? new ApiError('wrong_password') : error;
    }
  });
  const close = () => {
    setAsking(false);
    setPassword('');
    action.clear();
  };
  return (
    <>
      <div>
        <Button
          look="quietDanger"
          className={styles.flush}
          onClick={() => {
            setAsking(true);
          }}
        >
          {t('account.delete')}
        </Button>
      </div>
      {asking && (
        <Dialog title={t('account.delete')} onClose={close}>
          <form
            className={styles.dialogForm}
            onSubmit={(event) => {
              event.preventDefault();
              void action.run();
            }}
          >
            <p>{t('account.deleteText')}</p>
            <Field
              label={t('account.deletePassword')}
              type="password"
              autoComplete="current-password"
              required
              value={password}
              onValue={setPassword}
            />
            {action.error && <ErrorNote error={action.error} />}
            <DialogFoot>
              <Button onClick={close}>{t('common.cancel')}</Button>
              <Button type="submit" look="danger" busy={action.busy}>
                {t('account.delete')}
              </Button>
            </DialogFoot>
          </form>
        </Dialog>
      )}
    </>
  );
}
