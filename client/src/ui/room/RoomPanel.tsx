import { UserMinus, X } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { isOnline } from '../../model/rooms';
import { asApiError } from '../../protocol/api_error';
import type { Member, Role, Room } from '../../protocol/shapes';
import { useStore, useWorkspace } from '../context';
import { Avatar } from '../kit/Avatar';
import { Button, IconButton } from '../kit/Button';
import { Presence } from '../kit/Parts';
import { Invite } from './Invite';
import { DeleteRoom, LeaveRoom, RemoveMember, RenameRoom } from './RoomDialogs';
import styles from './room.module.css';

type Layer = 'rename' | 'leave' | 'delete' | Member;

/** The people of the room, how to bring someone in, and what one may do with the room. */
export function RoomPanel({
  room,
  onClose,
}: {
  readonly room: Room;
  readonly onClose: () => void;
}) {
  const { t } = useTranslation();
  const [layer, setLayer] = useState<Layer | null>(null);
  const owner = room.role === 'owner';
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
        </section>
        {room.role !== 'guest' && (
          <section className={styles.panelSection}>
            <h3 className={styles.panelTitle}>{t('room.inviteTitle')}</h3>
            <Invite room={room} />
          </section>
        )}
        <section className={styles.panelSection}>
          <h3 className={styles.panelTitle}>{t('room.settings')}</h3>
          <div className={styles.stack}>
            {owner && (
              <Button
                onClick={() => {
                  setLayer('rename');
                }}
              >
                {t('room.rename')}
              </Button>
            )}
            <Button
              look="quietDanger"
              onClick={() => {
                setLayer('leave');
              }}
            >
              {t('room.leave')}
            </Button>
            {owner && (
              <Button
                look="quietDanger"
                onClick={() => {
                  setLayer('delete');
                }}
              >
                {t('room.delete')}
              </Button>
            )}
          </div>
        </section>
      </div>
      {layer === 'rename' && <RenameRoom room={room} onClose={close} />}
      {layer === 'leave' && <LeaveRoom room={room} onClose={close} />}
      {layer === 'delete' && <DeleteRoom room={room} onClose={close} />}
      {layer !== null && typeof layer === 'object' && (
        <RemoveMember room={room} member={layer} onClose={close} />
      )}
    </aside>
  );
}

interface PeopleProps {
  readonly room: Room;
  readonly onRemove: (member: Member) => void;
}

function People({ room, onRemove }: PeopleProps) {
  const { t } = useTranslation();
  const { rooms, user } = useWorkspace();
  const state = useStore(rooms);
  return (
    <ul className={styles.people}>
      {room.members.map((member) => (
        <li key={member.user_id} className={styles.person}>
          <Avatar name={member.username} small />
          <span className={styles.personName}>
            {member.username}
            {member.user_id === user.id && ` (${t('common.you')})`}
            {room.role === 'owner' ? (
              <RoleChoice room={room} member={member} />
            ) : (
              <span className={styles.personRole}>{t(`role.${member.role}`)}</span>
            )}
          </span>
          <Presence online={isOnline(state, member.user_id)} />
          {room.role === 'owner' && member.user_id !== user.id && (
            <IconButton
              size="small"
              label={t('room.remove', { name: member.username })}
              icon={<UserMinus size={16} />}
              onClick={() => {
                onRemove(member);
              }}
            />
          )}
        </li>
      ))}
    </ul>
  );
}

const roles = ['owner', 'member', 'guest'] as const;

function RoleChoice({ room, member }: { readonly room: Room; readonly member: Member }) {
  const { t } = useTranslation();
  const workspace = useWorkspace();
  const choose = async (role: Role) => {
    try {
      workspace.keepRoom((await workspace.rest.setRole(room.id, member.user_id, role)).room);
    } catch (thrown) {
      workspace.notices.failed(asApiError(thrown));
    }
  };
  return (
    <select
      className={styles.role}
      aria-label={t('room.roleOf', { name: member.username })}
      value={member.role}
      onChange={(event) => {
        const role = roles.find((it) => it === event.target.value);
        if (role) void choose(role);
      }}
    >
      {roles.map((role) => (
        <option key={role} value={role}>
          {t(`role.${role}`)}
        </option>
      ))}
    </select>
  );
}
