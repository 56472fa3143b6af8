import { CloudOff } from 'lucide-react';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useStore, useWorkspace } from '../context';
import { Button } from '../kit/Button';
import { relative } from '../texts/time';
import styles from './overlay.module.css';

/** Says that the link is lost and when it is tried again. A short cut shows nothing. */
export function LinkBanner() {
  const { connection } = useWorkspace();
  const link = useStore(connection.state);
  const failures = 'failures' in link ? link.failures : 0;
  return failures === 0 ? null : <Lost />;
}

function Lost() {
  const { t, i18n } = useTranslation();
  const { connection } = useWorkspace();
  const link = useStore(connection.state);
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => {
      setNow(Date.now());
    }, 1_000);
    return () => {
      clearInterval(timer);
    };
  }, []);
  const when =
    link.phase === 'waiting' ? relative(i18n.language, Math.max(link.retryAt, now), now) : '';
  return (
    <div className={styles.link} role="status">
      <CloudOff size={18} aria-hidden />
      <span>
        {link.phase === 'waiting' ? t('link.lost', { when }) : t('link.trying')}{' '}
        <span className={styles.linkNote}>{t('link.note')}</span>
      </span>
      <Button size="small" disabled={link.phase !== 'waiting'} onClick={connection.retryNow}>
        {t('link.retryNow')}
      </Button>
    </div>
  );
}
