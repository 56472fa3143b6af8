import { LogOut } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { languages, themes } from '../../model/preferences';
import { languageNames } from '../auth/AuthFrame';
import { useAction, useMesh, useStore, useWorkspace } from '../context';
import { Avatar } from '../kit/Avatar';
import { Button } from '../kit/Button';
import { ErrorNote } from '../kit/ErrorNote';
import { Choices } from '../kit/Parts';
import shell from '../shell/shell.module.css';
import { useTimes } from '../texts/time';
import { DeleteAccount } from './DeleteAccount';
import { Logins } from './Logins';
import { PasswordForm } from './PasswordForm';
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
              {t('account.since', { when: times.date(Date.parse(user.created_at)) })}
            </p>
          </div>
          <Button busy={signOut.busy} onClick={() => void signOut.run()}>
            <LogOut size={16} aria-hidden />
            {t('account.signOut')}
          </Button>
        </section>
        {signOut.error && <ErrorNote error={signOut.error} />}
        <Appearance />
        <section className={shell.section}>
          <h2>{t('account.password')}</h2>
          <PasswordForm />
        </section>
        <section className={shell.section}>
          <h2>{t('account.logins')}</h2>
          <Logins />
        </section>
        <DeleteAccount />
      </div>
    </div>
  );
}

function Appearance() {
  const { t } = useTranslation();
  const { preferences } = useMesh();
  const { theme, language } = useStore(preferences.state);
  return (
    <section className={shell.section}>
      <h2>{t('account.appearance')}</h2>
      <div className={shell.list}>
        <div className={styles.setting}>
          <span>{t('common.theme')}</span>
          <Choices
            label={t('common.theme')}
            value={theme}
            onValue={preferences.setTheme}
            options={themes.map((value) => ({ value, text: t(`theme.${value}`) }))}
          />
        </div>
        <div className={styles.setting}>
          <span>{t('common.language')}</span>
          <Choices
            label={t('common.language')}
            value={language}
            onValue={preferences.setLanguage}
            options={languages.map((value) => ({ value, text: languageNames[value], lang: value }))}
          />
        </div>
      </div>
    </section>
  );
}
