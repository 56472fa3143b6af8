/** What each role may do in a room: shown to everybody, changed by owners. */
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Resource } from '../../model/resource';
import { toggled } from '../../model/grid';
import {
  capabilities,
  type Capability,
  type Grid,
  type Role,
  type Room,
} from '../../protocol/shapes';
import { useAction, useStore, useWorkspace } from '../context';
import { Button } from '../kit/Button';
import { Dialog, DialogFoot } from '../kit/Dialog';
import { ErrorNote } from '../kit/ErrorNote';
import { Skeleton } from '../kit/Parts';
import styles from './grid.module.css';

const roles = ['owner', 'member', 'guest'] as const;

interface Props {
  readonly room: Room;
  readonly onClose: () => void;
}

export function GridDialog({ room, onClose }: Props) {
  const { t } = useTranslation();
  const { rest } = useWorkspace();
  const [grid] = useState(() => new Resource(async () => (await rest.grid(room.id)).grid));
  const { value, error } = useStore(grid.state);
  const [changed, setChanged] = useState<Grid | null>(null);
  useEffect(() => void grid.load(), [grid]);
  const owner = room.role === 'owner';
  const save = useAction(async () => {
    if (changed) await rest.setGrid(room.id, changed);
    onClose();
  });
  const shown = changed ?? value;
  return (
    <Dialog title={t('grid.title', { room: room.name })} onClose={onClose}>
      <p className={styles.note}>{t(owner ? 'grid.text' : 'grid.textReader')}</p>
      {error && <ErrorNote error={error} onRetry={() => void grid.load()} />}
      {!shown && !error && <Skeleton rows={4} />}
      {shown && (
        <Table
          grid={shown}
          readOnly={!owner}
          onToggle={(role, capability) => {
            setChanged(toggled(shown, role, capability));
          }}
        />
      )}
      {save.error && <ErrorNote error={save.error} />}
      {owner && (
        <DialogFoot>
          <Button onClick={onClose}>{t('common.cancel')}</Button>
          <Button
            look="primary"
            busy={save.busy}
            disabled={changed === null}
            onClick={() => void save.run()}
          >
            {t('common.save')}
          </Button>
        </DialogFoot>
      )}
    </Dialog>
  );
}

interface TableProps {
  readonly grid: Grid;
  readonly readOnly: boolean;
  readonly onToggle: (role: Role, capability: Capability) => void;
}

function Table({ grid, readOnly, onToggle }: TableProps) {
  const { t } = useTranslation();
  return (
    <table className={styles.grid}>
      <thead>
        <tr>
          <th scope="col">
            <span className="visually-hidden">{t('grid.right')}</span>
          </th>
          {roles.map((role) => (
            <th key={role} scope="col">
              {t(`role.${role}`)}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {capabilities.map((capability) => (
          <tr key={capability}>
            <th scope="row">{t(`grid.cap.${word(capability)}`)}</th>
            {roles.map((role) => (
              <td key={role}>
                <label className={styles.cell}>
                  <input
                    type="checkbox"
                    className={styles.box}
                    aria-label={`${t(`grid.cap.${word(capability)}`)}, ${t(`role.${role}`)}`}
                    checked={grid[role].includes(capability)}
                    disabled={readOnly}
                    onChange={() => {
                      onToggle(role, capability);
                    }}
                  />
                </label>
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

const words = {
  call: 'call',
  screen: 'screen',
  'share:file': 'file',
  'share:folder': 'folder',
  'terminal:view': 'view',
  'terminal:control': 'control',
  sync: 'sync',
  tunnel: 'tunnel',
} as const;

function word(capability: Capability): (typeof words)[Capability] {
  return words[capability];
}
