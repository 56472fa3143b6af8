import { AppWindow, Laptop, Pencil, ShieldAlert, Trash2 } from 'lucide-react';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { activityOf } from '../../model/rooms';
import type { Device } from '../../protocol/shapes';
import { useAction, useStore, useWorkspace } from '../context';
import { DirectActions, DirectPanel } from '../direct/DirectPanel';
import { DropPlace } from '../direct/DropPlace';
import { Button, IconButton } from '../kit/Button';
import { Confirm } from '../kit/Dialog';
import { ActivityNote, Fingerprint, Tag } from '../kit/Parts';
import row from '../kit/row.module.css';
import { NameDialog } from '../room/RoomDialogs';
import { useTimes } from '../texts/time';
import { LostDevice } from './LostDevice';
import styles from './devices.module.css';

export function DeviceRow({ device }: { readonly device: Device }) {
  const { t } = useTranslation();
  const { devices, thisDevice } = useWorkspace();
  const planned = useStore(devices.revoking.state).get(device.device_id);
  const here = useStore(thisDevice) === device.device_id;
  const [layer, setLayer] = useState<'rename' | 'revoke' | 'lost' | null>(null);
  const close = () => {
    setLayer(null);
  };
  const name = device.name === '' ? device.device_id : device.name;
  const Icon = device.kind === 'browser' ? AppWindow : Laptop;
  // Revoking the browser one sits at signs one out, which no undo can repair: it is asked first.
  const revokeHere = useAction(async () => {
    close();
    devices.revoke(device.device_id);
    devices.revoking.now(device.device_id);
    return Promise.resolve();
  });
  if (planned) return <Revoking device={device} name={name} doneAt={planned.doneAt} />;
  return (
    <DropPlace className={styles.device} device={device} name={name}>
      <span className={`${row.glyph} ${device.online ? styles.glyphOn : ''}`} aria-hidden>
        <Icon size={19} />
      </span>
      <div>
        <p className={row.name}>
          {name}
          {here && <Tag>{t('devices.thisBrowser')}</Tag>}
        </p>
        <Seen device={device} />
      </div>
      <div className={styles.actions}>
        <IconButton
          label={t('devices.rename', { name })}
          icon={<Pencil size={16} />}
          onClick={() => {
            setLayer('rename');
          }}
        />
        <IconButton
          label={t('lost.open', { name })}
          icon={<ShieldAlert size={16} />}
          onClick={() => {
            setLayer('lost');
          }}
        />
        <IconButton
          look="quietDanger"
          label={t('devices.revoke', { name })}
          icon={<Trash2 size={16} />}
          onClick={() => {
            if (here) setLayer('revoke');
            else devices.revoke(device.device_id);
          }}
        />
      </div>
      <DirectActions device={device} name={name} />
      <DirectPanel device={device} name={name} />
      {device.key_sha256 !== null && (
        <details className={`${row.more} ${styles.key}`}>
          <summary>{t('devices.fingerprint')}</summary>
          <Fingerprint hex={device.key_sha256} />
        </details>
      )}
      {layer === 'rename' && (
        <NameDialog
          title={t('devices.renameTitle')}
          label={t('devices.name')}
          verb={t('common.save')}
          name={name}
          onClose={close}
          submit={async (next) => {
            close();
            await devices.rename(device.device_id, next);
          }}
        />
      )}
      {layer === 'lost' && <LostDevice device={device} name={name} here={here} onClose={close} />}
      {layer === 'revoke' && (
        <Confirm
          title={t('devices.revoke', { name })}
          text={t('devices.revokeThis')}
          verb={t('devices.revokeShort')}
          action={revokeHere}
          onClose={close}
        />
      )}
    </DropPlace>
  );
}

function Seen({ device }: { readonly device: Device }) {
  const { t } = useTranslation();
  const times = useTimes();
  const { rooms, user } = useWorkspace();
  const activity = activityOf(useStore(rooms), user.id, device.device_id);
  const seen = device.last_seen_at;
  const when =
    seen === null
      ? t('devices.never')
      : t('devices.lastSeen', { when: times.ago(Date.parse(seen)) });
  return (
    <p className={row.meta}>
      {device.online ? <span className={styles.metaOn}>{t('devices.onlineNow')}</span> : when}
      {activity && (
        <>
          {' · '}
          <ActivityNote activity={activity} />
        </>
      )}
      {' · '}
      {device.device_id}
    </p>
  );
}

interface RevokingProps {
  readonly device: Device;
  readonly name: string;
  readonly doneAt: number;
}

/** Stands in the device's place for a few seconds, so that a slip can be taken back. */
function Revoking({ device, name, doneAt }: RevokingProps) {
  const { t } = useTranslation();
  const { devices } = useWorkspace();
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => {
      setNow(Date.now());
    }, 250);
    return () => {
      clearInterval(timer);
    };
  }, []);
  const seconds = Math.max(0, Math.ceil((doneAt - now) / 1000));
  return (
    <li className={styles.device}>
      <span className={row.glyph} aria-hidden>
        <Trash2 size={18} />
      </span>
      <p className={row.name}>{t('devices.revoking', { name, seconds })}</p>
      <div className={styles.buttons}>
        <Button
          size="small"
          autoFocus
          onClick={() => {
            devices.revoking.undo(device.device_id);
          }}
        >
          {t('common.undo')}
        </Button>
        <Button
          size="small"
          look="quietDanger"
          onClick={() => {
            devices.revoking.now(device.device_id);
          }}
        >
          {t('devices.revokeNow')}
        </Button>
      </div>
    </li>
  );
}
