/** One button for a device that was lost: it is cut off at once, and one reads what it could read until then. */
import { Hash, MessageCircle, ShieldX } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Device, LostDevice as Report } from '../../protocol/shapes';
import { useAction, useWorkspace } from '../context';
import { Button } from '../kit/Button';
import { Dialog, DialogFoot } from '../kit/Dialog';
import { ErrorNote } from '../kit/ErrorNote';
import row from '../kit/row.module.css';
import { useTimes } from '../texts/time';
import styles from './devices.module.css';

interface Props {
  readonly device: Device;
  readonly name: string;
  /** It is the browser one sits at. */
  readonly here: boolean;
  readonly onClose: () => void;
}

export function LostDevice({ device, name, here, onClose }: Props) {
  const { t } = useTranslation();
  const { devices } = useWorkspace();
  const [report, setReport] = useState<Report | null>(null);
  const action = useAction(async () => {
    setReport(await devices.lost(device.device_id));
  });
  const close = () => {
    if (report) devices.forget(device.device_id);
    onClose();
  };
  return (
    <Dialog title={t(report ? 'lost.doneTitle' : 'lost.title', { name })} onClose={close}>
      {report ? (
        <Told report={report} />
      ) : (
        <>
          <p>{t('lost.text')}</p>
          {here && <p className={row.meta}>{t('devices.revokeThis')}</p>}
        </>
      )}
      {action.error && <ErrorNote error={action.error} />}
      <DialogFoot>
        {report ? (
          <Button look="primary" onClick={close}>
            {t('common.close')}
          </Button>
        ) : (
          <>
            <Button onClick={close}>{t('common.cancel')}</Button>
            <Button look="danger" busy={action.busy} onClick={() => void action.run()}>
              <ShieldX size={17} aria-hidden />
              {t('lost.verb')}
            </Button>
          </>
        )}
      </DialogFoot>
    </Dialog>
  );
}

function Told({ report }: { readonly report: Report }) {
  const { t } = useTranslation();
  const times = useTimes();
  const seen = report.last_seen_at;
  return (
    <div role="status" className={styles.report}>
      <p>
        {t('lost.cut', { when: times.full(Date.parse(report.revoked_at)) })}{' '}
        {t('lost.logins', { count: report.logins_ended })}{' '}
        {report.sessions_ended > 0 && t('lost.sessions', { count: report.sessions_ended })}
      </p>
      <p className={row.meta}>
        {seen === null
          ? t('devices.never')
          : t('devices.lastSeen', { when: times.full(Date.parse(seen)) })}
        {report.last_ip !== null && ` · ${t('account.address', { ip: report.last_ip })}`}
      </p>
      <h3 className={styles.reportTitle}>{t('lost.couldRead')}</h3>
      {report.rooms.length === 0 && <p className={row.meta}>{t('lost.nothing')}</p>}
      <ul className={styles.reportRooms}>
        {report.rooms.map((room) => (
          <li key={room.room_id}>
            {room.kind === 'direct' ? (
              <MessageCircle size={15} aria-hidden />
            ) : (
              <Hash size={15} aria-hidden />
            )}
            <span className={styles.reportName}>{room.name}</span>
            <span className={row.meta}>{t('lost.messages', { count: room.last_seq })}</span>
          </li>
        ))}
      </ul>
      <p className={row.meta}>{t('lost.files')}</p>
    </div>
  );
}
