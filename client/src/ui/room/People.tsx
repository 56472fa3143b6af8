import { MessageCircle, UserMinus } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { activityOf, isDirect, presenceOf } from '../../model/rooms';
import { asApiError } from '../../protocol/api_error';
import type { Member, Role, Room } from '../../protocol/shapes';
import { useStore, useWorkspace } from '../context';
import { Avatar } from '../kit/Avatar';
import { IconButton } from '../kit/Button';
import { ActivityNote, PresenceDot } from '../kit/Parts';
import { useDirect } from './direct';
import styles from './room.module.css';

interface Props {
  readonly room: Room;
  readonly onRemove: (member: Member) => void;
}

/** Who is in the room, how they are, and what one may do about each. */
export function People({ room, onRemove }: Props) {
  const { t } = useTranslation();
  const { rooms, user } = useWorkspace();
  const state = useStore(rooms);
  const openDirect = useDirect();
  const governs = room.role === 'owner' && !isDirect(room);
  return (
    <ul className={styles.people}>
      {room.members.map((member) => {
        const other = member.user_id !== user.id;
        const activity = activityOf(state, member.user_id);
        const reachable = !isDirect(room) && room.role !== 'guest' && member.role !== 'guest';
        return (
          <li key={member.user_id} className={styles.person}>
            <span className={styles.face}>
              <Avatar name={member.username} small />
              <span className={styles.faceDot}>
                <PresenceDot presence={presenceOf(state, member.user_id)} />
              </span>
            </span>
            <span className={styles.personName}>
              {member.username}
              {!other && ` (${t('common.you')})`}
              {governs ? (
                <RoleChoice room={room} member={member} />
              ) : (
                !isDirect(room) && (
                  <span className={styles.personRole}>{t(`role.${member.role}`)}</span>
                )
              )}
              {activity && (
                <span className={styles.personDoes}>
                  <ActivityNote activity={activity} />
                </span>
              )}
            </span>
            {other && reachable && (
              <IconButton
                size="small"
                label={t('direct.write', { name: member.username })}
                icon={<MessageCircle size={16} />}
                onClick={() => void openDirect(member.username)}
              />
            )}
            {other && governs && (
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
        );
      })}
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
