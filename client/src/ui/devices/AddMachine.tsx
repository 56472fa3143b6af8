import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Resource } from '../../model/resource';
import { useStore, useWorkspace } from '../context';
import { Button } from '../kit/Button';
import { Dialog } from '../kit/Dialog';
import { ErrorNote } from '../kit/ErrorNote';
import { CopyField, Skeleton } from '../kit/Parts';
import row from '../kit/row.module.css';
import { useTimes } from '../texts/time';
import shell from '../shell/shell.module.css';
import styles from './devices.module.css';

/** A one-use code that signs a machine in without typing a password on it. */
export function AddMachine({ onClose }: { readonly onClose: () => void }) {
  const { t } = useTranslation();
  const { rest } = useWorkspace();
  const times = useTimes();
  const [code] = useState(() => new Resource(rest.enrollCode));
  const { value, error } = useStore(code.state);
  const [expired, setExpired] = useState(false);
  useEffect(() => void code.load(), [code]);
  useEffect(() => {
    if (!value) return;
    const timer = setTimeout(
      () => {
        setExpired(true);
      },
      Date.parse(value.expires_at) - Date.now(),
    );
    return () => {
      clearTimeout(timer);
    };
  }, [value]);
  const again = () => {
    setExpired(false);
    void code.load();
  };
  return (
    <Dialog title={t('devices.addTitle')} onClose={onClose}>
      {error && <ErrorNote error={error} onRetry={again} />}
      {!value && !error && <Skeleton rows={2} />}
      {value && expired && (
        <>
          <p role="status">{t('devices.addExpired')}</p>
          <Button look="primary" onClick={again}>
            {t('devices.addAgain')}
          </Button>
        </>
      )}
      {value && !expired && (
        <>
          <p className={shell.pageIntro}>{t('devices.addText')}</p>
          <p className={styles.code} aria-label={t('devices.addCode')}>
            {value.code}
          </p>
          <CopyField
            label={t('devices.addCommand')}
            text={`mesh-agent enroll ${value.code} --server ${location.origin}`}
          />
          <p className={row.meta}>
            {t('devices.addUntil', { when: times.time(Date.parse(value.expires_at)) })}
          </p>
        </>
      )}
      <p className={row.meta}>
        {t('devices.addOther')}{' '}
        <a href="#/devices/confirm" onClick={onClose}>
          {t('devices.confirmLink')}
        </a>
      </p>
    </Dialog>
  );
}
