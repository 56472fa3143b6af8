import { ArrowLeft, DoorOpen, Lock, UsersRound } from 'lucide-react';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import {
  activityOf,
  isDirect,
  isOnline,
  otherOf,
  presenceOf,
  type RoomsState,
} from '../../model/rooms';
import type { Room } from '../../protocol/shapes';
import { useStore, useWorkspace } from '../context';
import { ButtonLink, IconButton } from '../kit/Button';
import { Empty, Skeleton } from '../kit/Parts';
import { go } from '../navigation';
import { Composer } from './Composer';
import { Door } from './Door';
import { RoomPanel } from './RoomPanel';
import { RoomTerminals } from './RoomTerminals';
import { Timeline } from './Timeline';
import styles from './room.module.css';
import { PageTitle } from '../shell/PageTitle';

const panelKey = 'mesh.panel';

/** One room: its conversation, and beside it the people when asked for. */
export function RoomPage({ roomId }: { readonly roomId: string }) {
  const { t } = useTranslation();
  const workspace = useWorkspace();
  const state = useStore(workspace.rooms);
  const room = state.rooms.find((it) => it.id === roomId);
  const [panel, setPanel] = useState(() => sessionStorage.getItem(panelKey) === 'open');
  const there = room !== undefined;
  useEffect(() => {
    if (there) workspace.watch(roomId);
    return () => {
      workspace.watch(null);
    };
  }, [workspace, roomId, there]);
  const show = (open: boolean) => {
    sessionStorage.setItem(panelKey, open ? 'open' : 'closed');
    setPanel(open);
  };
  if (!room) {
    return state.loaded ? (
      <Empty page icon={<DoorOpen size={26} />} title={t('room.gone')} text={t('room.goneText')}>
        <ButtonLink href="#/" look="primary">
          {t('nav.rooms')}
        </ButtonLink>
      </Empty>
    ) : (
      <div className={styles.panelBody}>
        <Skeleton rows={6} />
      </div>
    );
  }
  return (
    <div className={styles.room}>
      <PageTitle name={room.name} />
      <div className={styles.column}>
        <header className={styles.head}>
          <IconButton
            className={styles.back}
            label={t('nav.rooms')}
            icon={<ArrowLeft size={20} />}
            onClick={() => {
              go({ page: 'home' });
            }}
          />
          <div className={styles.headText}>
            <h1 className={styles.headName}>
              {room.name}
              {room.locked === true && (
                <Lock
                  size={14}
                  className={styles.headLock}
                  aria-label={t('room.locked')}
                  role="img"
                />
              )}
            </h1>
            <HeadNote room={room} state={state} />
          </div>
          <IconButton
            label={panel ? t('room.closeDetails') : t('room.details')}
            aria-expanded={panel}
            data-key="people"
            icon={<UsersRound size={19} />}
            onClick={() => {
              show(!panel);
            }}
          />
        </header>
        <Door room={room} />
        <RoomTerminals room={room} />
        <Timeline room={room} />
        <Composer room={room} />
      </div>
      {panel && (
        <RoomPanel
          room={room}
          onClose={() => {
            show(false);
          }}
        />
      )}
    </div>
  );
}

/** How many are there; of a conversation of two, how the other one is. */
function HeadNote({ room, state }: { readonly room: Room; readonly state: RoomsState }) {
  const { t } = useTranslation();
  const { user } = useWorkspace();
  if (isDirect(room)) {
    const other = otherOf(room, user.id);
    const activity = other === null ? null : activityOf(state, other);
    return (
      <p className={styles.headNote}>
        {other === null ? t('direct.gone') : t(`presence.${presenceOf(state, other)}`)}
        {activity && ` · ${t(`activity.${activity}`)}`}
      </p>
    );
  }
  const online = room.members.filter((member) => isOnline(state, member.user_id)).length;
  return (
    <p className={styles.headNote}>
      {t('room.peopleCount', { count: room.members.length })} ·{' '}
      {t('room.onlineCount', { count: online })}
    </p>
  );
}
