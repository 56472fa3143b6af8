/** The row of a device; of a machine that can be reached, files can be dropped onto it. */
import { useState, type DragEvent, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Device } from '../../protocol/shapes';
import { useWorkspace } from '../context';
import styles from './direct.module.css';
import { droppedOf } from './folders';

interface Props {
  readonly device: Device;
  readonly name: string;
  readonly className: string | undefined;
  readonly children: ReactNode;
}

const holdsFiles = (event: DragEvent) => event.dataTransfer.types.includes('Files');

export function DropPlace({ device, name, className, children }: Props) {
  const { t } = useTranslation();
  const { direct } = useWorkspace();
  const [over, setOver] = useState(false);
  const takes = device.kind === 'agent' && device.online && direct.usable;
  const look = [className, styles.place, over && styles.over].filter(Boolean).join(' ');
  return (
    <li
      className={look}
      data-row
      tabIndex={-1}
      onDragOver={(event) => {
        if (!takes || !holdsFiles(event)) return;
        event.preventDefault();
        event.dataTransfer.dropEffect = 'copy';
        setOver(true);
      }}
      onDragLeave={(event) => {
        if (!event.currentTarget.contains(event.relatedTarget as Node | null)) setOver(false);
      }}
      onDrop={(event) => {
        setOver(false);
        if (!takes || !holdsFiles(event)) return;
        event.preventDefault();
        const { files, folders } = droppedOf(event.dataTransfer);
        direct.sendFiles(device.device_id, files);
        for (const folder of folders)
          void folder.then((read) => {
            direct.sendFolder(device.device_id, read);
          });
      }}
    >
      {children}
      {over && (
        <p className={styles.drop} aria-hidden>
          {t('straight.drop', { name })}
        </p>
      )}
    </li>
  );
}
