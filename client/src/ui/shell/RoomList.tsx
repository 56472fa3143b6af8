import { Hash, Plus, Search } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { formatRoute, type Route } from '../../model/route';
import { unreadCount } from '../../model/unread';
import type { Room } from '../../protocol/shapes';
import { useStore, useWorkspace } from '../context';
import { IconButton } from '../kit/Button';
import { Skeleton } from '../kit/Parts';
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
  const { loaded, rooms } = useStore(useWorkspace().rooms);
  return (
    <>
      <button type="button" className={styles.find} onClick={onFind}>
        <Search size={15} aria-hidden />
        <span>{t('nav.switch')}</span>
        <kbd>Ctrl K</kbd>
      </button>
      <div className={styles.railTitle}>
        <Heading className={styles.railHeading}>{t('nav.rooms')}</Heading>
        <IconButton
          size="small"
          label={t('nav.newRoom')}
          icon={<Plus size={17} />}
          onClick={onCreate}
        />
      </div>
      <div className={styles.railList}>
        {!loaded && <Skeleton rows={4} />}
        <ul onKeyDown={onListKey}>
          {rooms.map((room) => (
            <RoomItem
              key={room.id}
              room={room}
              current={route.page === 'room' && route.roomId === room.id}
            />
          ))}
        </ul>
      </div>
    </>
  );
}

function RoomItem({ room, current }: { readonly room: Room; readonly current: boolean }) {
  const { t } = useTranslation();
  const { unread } = useWorkspace();
  const read = useStore(unread.state);
  const count = current ? 0 : unreadCount(read, room.id, room.last_seq);
  return (
    <li>
      <a
        className={`${styles.item} ${count > 0 ? styles.unread : ''}`}
        href={formatRoute({ page: 'room', roomId: room.id })}
        aria-current={current ? 'page' : undefined}
      >
        <Hash size={16} aria-hidden />
        <span className={styles.itemName}>{room.name}</span>
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
