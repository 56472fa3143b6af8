import { Hash, Laptop, Plus, Search, Settings2 } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { Route } from '../../model/route';
import { formatRoute } from '../../model/route';
import { unreadCount } from '../../model/unread';
import type { Room } from '../../protocol/shapes';
import { useStore, useWorkspace } from '../context';
import { Avatar } from '../kit/Avatar';
import { Button, IconButton } from '../kit/Button';
import { Mark } from '../kit/Mark';
import { Empty, Skeleton } from '../kit/Parts';
import { onListKey } from './list_keys';
import styles from './shell.module.css';

interface Props {
  readonly route: Route;
  readonly onFind: () => void;
  readonly onCreate: () => void;
}

/** Rooms, and the ways to one's devices and account. On a phone it is the first page. */
export function Rail({ route, onFind, onCreate }: Props) {
  const { t } = useTranslation();
  const workspace = useWorkspace();
  const { loaded, rooms } = useStore(workspace.rooms);
  const here = (page: Route['page']) => (route.page === page ? 'page' : undefined);
  return (
    <nav className={styles.rail} aria-label={t('nav.label')}>
      <div className={styles.railHead}>
        <Mark size={24} />
        {t('app.name')}
      </div>
      <button type="button" className={styles.find} onClick={onFind}>
        <Search size={15} aria-hidden />
        <span>{t('nav.switch')}</span>
        <kbd>Ctrl K</kbd>
      </button>
      <div className={styles.railTitle}>
        <h2>{t('nav.rooms')}</h2>
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
        {loaded && rooms.length === 0 && route.page === 'home' && (
          <div data-phone-only>
            <Empty
              icon={<Hash size={26} />}
              title={t('home.emptyTitle')}
              text={t('home.emptyText')}
            >
              <Button look="primary" onClick={onCreate}>
                {t('home.create')}
              </Button>
            </Empty>
          </div>
        )}
      </div>
      <div className={styles.railFoot}>
        <a
          className={styles.item}
          href="#/devices"
          aria-current={here('devices') ?? here('confirm')}
        >
          <Laptop size={17} aria-hidden />
          <span className={styles.itemName}>{t('nav.devices')}</span>
        </a>
        <a
          className={`${styles.item} ${styles.me}`}
          href="#/account"
          aria-current={here('account')}
        >
          <Avatar name={workspace.user.username} small />
          <span className={styles.itemName}>{workspace.user.username}</span>
          <Settings2 size={16} aria-label={t('nav.account')} role="img" />
        </a>
      </div>
    </nav>
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
