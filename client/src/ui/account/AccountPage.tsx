import { LogOut } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { useAction, useMesh, useWorkspace } from '../context';
import { Avatar } from '../kit/Avatar';
import { Button } from '../kit/Button';
import { ErrorNote } from '../kit/ErrorNote';
import shell from '../shell/shell.module.css';
import { useTimes } from '../texts/time';
import { DeleteAccount } from './DeleteAccount';
import { Logins } from './Logins';
import { PasswordForm } from './PasswordForm';
import { Settings } from './Settings';
import styles from './account.module.css';
import { PageTitle } from '../shell/PageTitle';

export function AccountPage() {
  const { t } = useTranslation();
  const { user, devices } = useWorkspace();
  const { session } = useMesh();
  const times = useTimes();
  const signOut = useAction(async () => {
    devices.revoking.flush();
    await session.logout();
  });
  return (
    <div className={shell.page}>
      <PageTitle name={t('account.title')} />
      <div className={shell.pageInner}>
        <h1>{t('account.title')}</h1>
        <section className={styles.who}>
          <Avatar name={user.username} />
          <div className={styles.whoText}>
            <h2>{user.username}</h2>
            <p className={styles.muted}>
              {user.guest === true
                ? t('guest.account')
                : t('account.since', { when: times.date(Date.parse(user.created_at)) })}
            </p>
          </div>
          <Button busy={signOut.busy} onClick={() => void signOut.run()}>
            <LogOut size={16} aria-hidden />
            {t('account.signOut')}
          </Button>
        </section>
        {signOut.error && <ErrorNote error={signOut.error} />}
        <Settings />
        {user.guest !== true && (
          <>
            <section className={shell.section}>
              <h2>{t('account.password')}</h2>
              <PasswordForm />
            </section>
            <section className={shell.section}>
              <h2>{t('account.logins')}</h2>
              <Logins />
            </section>
            <DeleteAccount />
          </>
        )}
      </div>
    </div>
  );
}
