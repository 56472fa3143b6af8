import { Hash, Lock, PencilLine, Plus, Search } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { isDirect, otherOf, presenceOf } from '../../model/rooms';
import { formatRoute, type Route } from '../../model/route';
import { unreadCount } from '../../model/unread';
import type { Room } from '../../protocol/shapes';
import { useStore, useWorkspace } from '../context';
import { Avatar } from '../kit/Avatar';
import { IconButton } from '../kit/Button';
import { PresenceDot, Skeleton } from '../kit/Parts';
import { onListKey } from './list_keys';
import styles from './shell.module.css';

interface Props {
  readonly route: Route;
  readonly level: 'h1' | 'h2';
  readonly onFind: () => void;
  readonly onCreate: () => void;
}

/** Every room with what is unread in it, a way to find one and a way to make one. */
export function RoomList({ route, level: Heading, onFind, onCreate }: Props) {
  const { t } = useTranslation();
  const { rooms: known, user } = useWorkspace();
  const { loaded, rooms } = useStore(known);
  const direct = rooms.filter(isDirect);
  const Sub = Heading === 'h1' ? 'h2' : 'h3';
  return (
    <>
      <button type="button" className={styles.find} onClick={onFind}>
        <Search size={15} aria-hidden />
        <span>{t('nav.switch')}</span>
        <kbd>Ctrl K</kbd>
      </button>
      <div className={styles.railTitle}>
        <Heading className={styles.railHeading}>{t('nav.rooms')}</Heading>
        {user.guest !== true && (
          <IconButton
            size="small"
            label={t('nav.newRoom')}
            icon={<Plus size={17} />}
            onClick={onCreate}
          />
        )}
      </div>
      <div className={styles.railList}>
        {!loaded && <Skeleton rows={4} />}
        <Items rooms={rooms.filter((room) => !isDirect(room))} route={route} />
        {direct.length > 0 && (
          <>
            <Sub className={styles.railSub}>{t('direct.title')}</Sub>
            <Items rooms={direct} route={route} />
          </>
        )}
      </div>
    </>
  );
}

interface ItemsProps {
  readonly rooms: readonly Room[];
  readonly route: Route;
}

function Items({ rooms, route }: ItemsProps) {
  return (
    <ul onKeyDown={onListKey}>
      {rooms.map((room) => (
        <RoomItem
          key={room.id}
          room={room}
          current={route.page === 'room' && route.roomId === room.id}
        />
      ))}
    </ul>
  );
}

function RoomItem({ room, current }: { readonly room: Room; readonly current: boolean }) {
  const { t } = useTranslation();
  const { unread, drafts } = useWorkspace();
  const read = useStore(unread.state);
  const written = useStore(drafts.state);
  const begun = !current && written.has(room.id);
  const count = current ? 0 : unreadCount(read, room.id, room.last_seq);
  return (
    <li>
      <a
        className={`${styles.item} ${count > 0 ? styles.unread : ''}`}
        href={formatRoute({ page: 'room', roomId: room.id })}
        aria-current={current ? 'page' : undefined}
      >
        <Sign room={room} />
        <span className={styles.itemName}>{room.name}</span>
        {begun && <PencilLine size={14} aria-label={t('room.draft')} role="img" />}
        {count > 0 && (
          <>
            <span className={styles.badge} aria-hidden>
              {count > 99 ? '99+' : count}
            </span>
            <span className="visually-hidden">{t('room.unread', { count })}</span>
          </>
        )}
      </a>
    </li>
  );
}

/** What kind of place it is: a room, a locked one, or a person and how they are. */
function Sign({ room }: { readonly room: Room }) {
  const { rooms, user } = useWorkspace();
  const state = useStore(rooms);
  if (!isDirect(room)) {
    return room.locked === true ? <Lock size={15} aria-hidden /> : <Hash size={16} aria-hidden />;
  }
  const other = otherOf(room, user.id);
  return (
    <span className={styles.face}>
      <Avatar name={room.name} tiny />
      <span className={styles.faceDot}>
        <PresenceDot presence={other === null ? 'offline' : presenceOf(state, other)} />
      </span>
    </span>
  );
}
