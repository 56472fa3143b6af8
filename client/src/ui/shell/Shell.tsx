import { Compass, MessagesSquare } from 'lucide-react';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { isDirect } from '../../model/rooms';
import type { Route } from '../../model/route';
import { AccountPage } from '../account/AccountPage';
import { useStore, useWorkspace } from '../context';
import { ConfirmPage } from '../devices/ConfirmPage';
import { DevicesPage } from '../devices/DevicesPage';
import { Button, ButtonLink } from '../kit/Button';
import { Empty, Skeleton } from '../kit/Parts';
import { go, replaceWith } from '../navigation';
import { RoomPage } from '../room/RoomPage';
import { ReplayPage } from '../terminals/ReplayPage';
import { TerminalPage } from '../terminals/TerminalPage';
import { TerminalsPage } from '../terminals/TerminalsPage';
import { TransfersPage } from '../transfers/TransfersPage';
import { CreateRoom } from '../room/RoomDialogs';
import { BottomBar } from './BottomBar';
import { KeyMap } from './KeyMap';
import { LinkBanner } from './LinkBanner';
import { Rail } from './Rail';
import { RoomList } from './RoomList';
import { Switcher } from './Switcher';
import { useShortcuts } from './shortcuts';
import styles from './shell.module.css';
import { PageTitle } from './PageTitle';

type Layer = 'find' | 'keys' | 'create';

/** Everything one sees when signed in. */
export function Shell({ route }: { readonly route: Route }) {
  const { t } = useTranslation();
  const { rooms } = useWorkspace();
  const [layer, setLayer] = useState<Layer | null>(null);
  const close = () => {
    setLayer(null);
  };
  const create = () => {
    setLayer('create');
  };
  useShortcuts({
    find: () => {
      setLayer('find');
    },
    keys: () => {
      setLayer('keys');
    },
    step: (by) => {
      const list = rooms.get().rooms;
      const at = list.findIndex((room) => route.page === 'room' && room.id === route.roomId);
      const next = list[(at + by + list.length) % list.length];
      if (next) go({ page: 'room', roomId: next.id });
    },
  });
  return (
    <div className={styles.shell}>
      <a
        className={styles.skip}
        href="#content"
        onClick={(event) => {
          event.preventDefault();
          document.getElementById('content')?.focus();
        }}
      >
        {t('common.skip')}
      </a>
      <Rail
        route={route}
        onCreate={create}
        onFind={() => {
          setLayer('find');
        }}
      />
      <main id="content" tabIndex={-1} className={styles.main}>
        <LinkBanner />
        <Page
          route={route}
          onCreate={create}
          onFind={() => {
            setLayer('find');
          }}
        />
      </main>
      <BottomBar route={route} />
      {layer === 'find' && (
        <Switcher
          onClose={close}
          onCreate={create}
          onKeys={() => {
            setLayer('keys');
          }}
        />
      )}
      {layer === 'keys' && <KeyMap onClose={close} />}
      {layer === 'create' && <CreateRoom onClose={close} />}
    </div>
  );
}

interface PageProps {
  readonly route: Route;
  readonly onCreate: () => void;
  readonly onFind: () => void;
}

function Page({ route, onCreate, onFind }: PageProps) {
  switch (route.page) {
    case 'room':
      return <RoomPage key={route.roomId} roomId={route.roomId} />;
    case 'devices':
      return <DevicesPage />;
    case 'confirm':
      return <ConfirmPage key={route.code} code={route.code} />;
    case 'transfers':
      return <TransfersPage />;
    case 'terminals':
      return <TerminalsPage />;
    case 'terminal': {
      const { machine, name, room } = route;
      return <TerminalPage machine={machine} name={name} room={room} />;
    }
    case 'replay':
      return <ReplayPage />;
    case 'account':
      return <AccountPage />;
    case 'unknown':
      return <UnknownPage />;
    default:
      return <HomePage route={route} onCreate={onCreate} onFind={onFind} />;
  }
}

/** On a wide screen the first room opens by itself; on a phone the list of rooms is the page. */
function HomePage({ route, onCreate, onFind }: PageProps) {
  const { t } = useTranslation();
  const workspace = useWorkspace();
  const { loaded, rooms } = useStore(workspace.rooms);
  const target =
    rooms.find((room) => room.id === workspace.lastRoom()) ??
    rooms.find((room) => !isDirect(room)) ??
    rooms[0];
  useEffect(() => {
    const wide = matchMedia('(min-width: 800px)').matches;
    if (target && wide) replaceWith({ page: 'room', roomId: target.id });
  }, [target]);
  return (
    <div className={styles.center}>
      <PageTitle name={t('nav.rooms')} />
      {rooms.length > 0 && (
        <div className={styles.phoneHome}>
          <RoomList route={route} level="h1" onCreate={onCreate} onFind={onFind} />
        </div>
      )}
      {!loaded && (
        <div className={styles.pageInner}>
          <Skeleton rows={5} />
        </div>
      )}
      {loaded && rooms.length === 0 && (
        <Empty
          page
          icon={<MessagesSquare size={26} />}
          title={t('home.emptyTitle')}
          text={t('home.emptyText')}
        >
          <Button look="primary" onClick={onCreate}>
            {t('home.create')}
          </Button>
        </Empty>
      )}
    </div>
  );
}

function UnknownPage() {
  const { t } = useTranslation();
  return (
    <div className={styles.center}>
      <PageTitle name={t('unknown.title')} />
      <Empty page icon={<Compass size={26} />} title={t('unknown.title')} text={t('unknown.text')}>
        <ButtonLink href="#/" look="primary">
          {t('invite.toHome')}
        </ButtonLink>
      </Empty>
    </div>
  );
}
