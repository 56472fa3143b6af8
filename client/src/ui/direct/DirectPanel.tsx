/** What goes straight from this page to one machine: the buttons in its row, and how it stands below. */
import { Activity, Download, FolderUp, Upload } from 'lucide-react';
import { useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { isUnderWay } from '../../model/direct';
import type { CheckReport } from '../../protocol/direct';
import type { Device } from '../../protocol/shapes';
import { useStore, useWorkspace } from '../context';
import { Button, IconButton } from '../kit/Button';
import { FileRow } from './FileRow';
import { chosenOf } from './folders';
import { GetFile } from './GetFile';
import { Trouble } from './Trouble';
import { useMilliseconds } from './words';
import styles from './direct.module.css';

interface Props {
  readonly device: Device;
  readonly name: string;
}

export function DirectActions({ device, name }: Props) {
  const { t } = useTranslation();
  const { direct } = useWorkspace();
  const { checks } = useStore(direct.state);
  const input = useRef<HTMLInputElement>(null);
  const folderInput = useRef<HTMLInputElement>(null);
  const [asks, setAsks] = useState(false);
  if (device.kind !== 'agent' || !direct.usable) return null;
  const state = checks.get(device.device_id)?.state;
  const checking = state === 'connecting' || state === 'permission';
  const absent = device.online ? undefined : t('straight.offline', { name });
  return (
    <div className={styles.actions}>
      <input
        ref={input}
        type="file"
        multiple
        hidden
        onChange={({ currentTarget }) => {
          direct.sendFiles(device.device_id, [...(currentTarget.files ?? [])]);
          currentTarget.value = ''; // so that the same file can be chosen again
        }}
      />
      <Button
        size="small"
        disabled={!device.online}
        title={absent}
        aria-label={t('straight.sendTo', { name })}
        onClick={() => input.current?.click()}
      >
        <Upload size={15} aria-hidden />
        {t('straight.send')}
      </Button>
      <input
        ref={(it) => {
          folderInput.current = it;
          if (it) it.webkitdirectory = true;
        }}
        type="file"
        hidden
        onChange={({ currentTarget }) => {
          const folder = chosenOf(currentTarget.files);
          if (folder) direct.sendFolder(device.device_id, folder);
          currentTarget.value = '';
        }}
      />
      <Button
        size="small"
        disabled={!device.online}
        title={absent}
        aria-label={t('straight.sendFolderTo', { name })}
        onClick={() => folderInput.current?.click()}
      >
        <FolderUp size={15} aria-hidden />
        {t('straight.sendFolder')}
      </Button>
      <Button
        size="small"
        disabled={!device.online}
        title={absent}
        aria-label={t('straight.getFrom', { name })}
        onClick={() => {
          setAsks(true);
        }}
      >
        <Download size={15} aria-hidden />
        {t('straight.get')}
      </Button>
      <IconButton
        label={t('straight.check', { name })}
        title={absent ?? t('straight.check', { name })}
        icon={<Activity size={16} />}
        busy={checking}
        disabled={!device.online}
        onClick={() => {
          direct.check(device.device_id);
        }}
      />
      {asks && (
        <GetFile
          machine={device.device_id}
          name={name}
          onClose={() => {
            setAsks(false);
          }}
        />
      )}
    </div>
  );
}

export function DirectPanel({ device, name }: Props) {
  const { t } = useTranslation();
  const { direct } = useWorkspace();
  const { files, checks } = useStore(direct.state);
  if (device.kind !== 'agent') return null;
  const mine = files.filter((it) => it.machine === device.device_id);
  const check = checks.get(device.device_id);
  const moving = mine.some(isUnderWay);
  const trust = () => {
    direct.trust(device.device_id);
  };
  return (
    <>
      <div className={styles.panel} role="status">
        {check && <Check check={check} name={name} onTrust={trust} />}
      </div>
      {mine.length > 0 && (
        <ul className={styles.files} aria-label={t('straight.label', { name })}>
          {mine.map((file) => (
            <FileRow key={file.id} file={file} onTrust={trust} />
          ))}
        </ul>
      )}
      {moving && <p className={styles.note}>{t('straight.leave')}</p>}
    </>
  );
}

interface CheckProps {
  readonly check: CheckReport;
  readonly name: string;
  readonly onTrust: () => void;
}

function Check({ check, name, onTrust }: CheckProps) {
  const { t } = useTranslation();
  const milliseconds = useMilliseconds();
  const [best] = check.roundTrips;
  if (check.error) return <Trouble trouble={check.error} way="out" onTrust={onTrust} />;
  if (check.state === 'permission') return <p className={styles.note}>{t('straight.asksYou')}</p>;
  if (check.state === 'connecting' || best === undefined)
    return <p className={styles.note}>{t('straight.checking', { name })}</p>;
  return (
    <p className={styles.good} title={check.roundTrips.map((it) => it.toFixed(2)).join(' · ')}>
      {t(check.path === 'relayed' ? 'straight.checkedRelayed' : 'straight.checked', {
        address: check.address ?? '',
        time: milliseconds(best),
      })}
    </p>
  );
}

/** What this browser cannot do of it; nothing where it can do all. */
export function DirectAbility() {
  const { t } = useTranslation();
  const { ability } = useWorkspace().direct;
  if (ability === 'able') return null;
  return <p className={styles.note}>{t(`straight.${ability}`)}</p>;
}
