/** The row of a device; of a machine that can be reached, files can be dropped onto it. */
import { useState, type DragEvent, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Device } from '../../protocol/shapes';
import { useWorkspace } from '../context';
import styles from './direct.module.css';

interface Props {
  readonly device: Device;
  readonly name: string;
  readonly className: string | undefined;
  readonly children: ReactNode;
}

const holdsFiles = (event: DragEvent) => event.dataTransfer.types.includes('Files');

/** What was dropped without its folders, whose content the page cannot send. */
function filesOf(data: DataTransfer): { files: File[]; folders: number } {
  const items = [...data.items].filter((item) => item.kind === 'file');
  const files = items.flatMap((item) => {
    const file = item.webkitGetAsEntry()?.isDirectory === true ? null : item.getAsFile();
    return file ? [file] : [];
  });
  return { files, folders: items.length - files.length };
}

export function DropPlace({ device, name, className, children }: Props) {
  const { t } = useTranslation();
  const { direct } = useWorkspace();
  const [over, setOver] = useState(false);
  const [folders, setFolders] = useState(false);
  const takes = device.kind === 'agent' && device.online && direct.ability === 'able';
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
        const dropped = filesOf(event.dataTransfer);
        setFolders(dropped.folders > 0);
        direct.sendFiles(device.device_id, dropped.files);
      }}
    >
      {children}
      {over && (
        <p className={styles.drop} aria-hidden>
          {t('straight.drop', { name })}
        </p>
      )}
      {folders && (
        <p className={styles.note} role="status">
          {t('straight.folders')}
        </p>
      )}
    </li>
  );
}
