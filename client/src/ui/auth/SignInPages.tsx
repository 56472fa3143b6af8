import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ApiError, asApiError } from '../../protocol/api_error';
import type { ServerInfo } from '../../protocol/shapes';
import { useMesh } from '../context';
import { replaceWith } from '../navigation';
import { AuthFrame } from './AuthFrame';
import { CredentialsForm } from './CredentialsForm';
import styles from './auth.module.css';

export function LoginPage({ ended }: { readonly ended: boolean }) {
  const { t } = useTranslation();
  const { session } = useMesh();
  return (
    <AuthFrame title={t('auth.signInTitle')}>
      {ended && (
        <p role="status" className={styles.notice}>
          {t('auth.ended')}
        </p>
      )}
      <CredentialsForm verb={t('auth.signIn')} choosing={false} submit={session.login} />
      <p className={styles.other}>
        {t('auth.noAccount')} <a href="#/register">{t('auth.createAccount')}</a>
      </p>
    </AuthFrame>
  );
}

export function RegisterPage() {
  const { t } = useTranslation();
  const { session, rest } = useMesh();
  const [registration, setRegistration] = useState<ServerInfo['registration']>('open');
  useEffect(() => {
    // Without an answer the form stays: the server says itself what it refuses.
    rest.server().then((server) => {
      setRegistration(server.registration);
    }, asApiError);
  }, [rest]);
  return (
    <AuthFrame title={t('auth.createTitle')}>
      {registration === 'invitation' && <p className={styles.notice}>{t('auth.byInvitation')}</p>}
      <CredentialsForm
        verb={t('auth.createAccount')}
        choosing
        submit={(username, password) => session.register(username, password)}
      />
      <p className={styles.other}>
        {t('auth.haveAccount')} <a href="#/login">{t('auth.signIn')}</a>
      </p>
    </AuthFrame>
  );
}

/** The one-time link of a new server's owner. */
export function SetupPage({ token }: { readonly token: string }) {
  const { t } = useTranslation();
  const { session } = useMesh();
  const setUp = async (username: string, password: string) => {
    try {
      await session.setUp(token, username, password);
    } catch (thrown) {
      const error = asApiError(thrown);
      throw error.code === 'invalid_credentials' ? new ApiError('setup_link') : error;
    }
    replaceWith({ page: 'home' });
  };
  return (
    <AuthFrame title={t('auth.setupTitle')}>
      <p className={styles.text}>{t('auth.setupText')}</p>
      <CredentialsForm verb={t('auth.setupButton')} choosing submit={setUp} />
    </AuthFrame>
  );
}
