import { DoorOpen, Lock, LockOpen, Pencil, ShieldCheck, Trash2, UserPlus, X } from 'lucide-react';
import { useState, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { isDirect } from '../../model/rooms';
import { asApiError } from '../../protocol/api_error';
import type { Member, Room } from '../../protocol/shapes';
import { useWorkspace } from '../context';
import { Button, IconButton } from '../kit/Button';
import { GridDialog } from './GridDialog';
import { InviteDialog } from './Invite';
import { LeaveRoom } from './LeaveRoom';
import { People } from './People';
import { DeleteRoom, RemoveMember, RenameRoom } from './RoomDialogs';
import styles from './room.module.css';

type Layer = 'invite' | 'grid' | 'rename' | 'leave' | 'delete' | Member;

interface Props {
  readonly room: Room;
  readonly onClose: () => void;
}

/** The people of the room, how to bring someone in, and what one may do with the room. */
export function RoomPanel({ room, onClose }: Props) {
  const { t } = useTranslation();
  const [layer, setLayer] = useState<Layer | null>(null);
  const close = () => {
    setLayer(null);
  };
  return (
    <aside
      className={styles.panel}
      aria-label={t('room.details')}
      onKeyDown={(event) => {
        if (event.key === 'Escape' && layer === null) onClose();
      }}
    >
      <header className={styles.panelHead}>
        <h2>{t('room.details')}</h2>
        <IconButton label={t('room.closeDetails')} icon={<X size={18} />} onClick={onClose} />
      </header>
      <div className={styles.panelBody}>
        <section className={styles.panelSection}>
          <h3 className={styles.panelTitle}>{t('room.people')}</h3>
          <People room={room} onRemove={setLayer} />
          {room.role !== 'guest' && !isDirect(room) && (
            <Button
              disabled={room.locked === true}
              onClick={() => {
                setLayer('invite');
              }}
            >
              <UserPlus size={17} aria-hidden />
              {t('room.inviteTitle')}
            </Button>
          )}
        </section>
        <section className={styles.panelSection}>
          <h3 className={styles.panelTitle}>{t('room.settings')}</h3>
          <RoomActions room={room} onLayer={setLayer} />
        </section>
      </div>
      {layer === 'invite' && <InviteDialog room={room} onClose={close} />}
      {layer === 'grid' && <GridDialog room={room} onClose={close} />}
      {layer === 'rename' && <RenameRoom room={room} onClose={close} />}
      {layer === 'leave' && <LeaveRoom room={room} onClose={close} />}
      {layer === 'delete' && <DeleteRoom room={room} onClose={close} />}
      {layer !== null && typeof layer === 'object' && (
        <RemoveMember room={room} member={layer} onClose={close} />
      )}
    </aside>
  );
}

interface ActionsProps {
  readonly room: Room;
  readonly onLayer: (layer: Layer) => void;
}

function RoomActions({ room, onLayer }: ActionsProps) {
  const { t } = useTranslation();
  const owner = room.role === 'owner';
  const line = (layer: Layer, icon: ReactNode, words: string, danger = false) => (
    <button
      type="button"
      className={`${styles.line} ${danger ? styles.lineDanger : ''}`}
      onClick={() => {
        onLayer(layer);
      }}
    >
      {icon}
      {words}
    </button>
  );
  if (isDirect(room)) {
    return (
      <div className={styles.lines}>
        {line('leave', <DoorOpen size={17} aria-hidden />, t('direct.leave'), true)}
      </div>
    );
  }
  return (
    <div className={styles.lines}>
      {owner && line('rename', <Pencil size={17} aria-hidden />, t('room.rename'))}
      {line('grid', <ShieldCheck size={17} aria-hidden />, t('grid.open'))}
      {owner && <LockLine room={room} />}
      {line('leave', <DoorOpen size={17} aria-hidden />, t('room.leave'), true)}
      {owner && line('delete', <Trash2 size={17} aria-hidden />, t('room.delete'), true)}
    </div>
  );
}

/** Locks and unlocks at once: it can be taken back by pressing it again. */
function LockLine({ room }: { readonly room: Room }) {
  const { t } = useTranslation();
  const workspace = useWorkspace();
  const locked = room.locked === true;
  const toggle = async () => {
    workspace.keepRoom({ ...room, locked: !locked });
    try {
      workspace.keepRoom((await workspace.rest.lockRoom(room.id, !locked)).room);
    } catch (thrown) {
      workspace.keepRoom({ ...room, locked });
      workspace.notices.failed(asApiError(thrown));
    }
  };
  return (
    <button
      type="button"
      role="switch"
      aria-checked={locked}
      className={styles.line}
      onClick={() => void toggle()}
    >
      {locked ? <Lock size={17} aria-hidden /> : <LockOpen size={17} aria-hidden />}
      <span className={styles.lineText}>
        {t('room.lock')}
        <span className={styles.lineNote}>{t(locked ? 'room.lockedNote' : 'room.lockNote')}</span>
      </span>
      <span className={`${styles.switch} ${locked ? styles.switchOn : ''}`} aria-hidden />
    </button>
  );
}
