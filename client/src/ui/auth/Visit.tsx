/** What a guest without an account sees: first that they wait, then the room they were let into. */
import { DoorOpen } from 'lucide-react';
import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import type { Route } from '../../model/route';
import { useAction, useMesh, useStore, useWorkspace } from '../context';
import { Button } from '../kit/Button';
import { ErrorNote } from '../kit/ErrorNote';
import { replaceWith } from '../navigation';
import { Shell } from '../shell/Shell';
import { AuthFrame } from './AuthFrame';
import styles from './auth.module.css';

export function Visit({ route }: { readonly route: Route }) {
  const { rooms } = useStore(useWorkspace().rooms);
  const [room] = rooms;
  const elsewhere = room !== undefined && route.page !== 'room' && route.page !== 'account';
  useEffect(() => {
    if (room && elsewhere) replaceWith({ page: 'room', roomId: room.id });
  }, [room, elsewhere]);
  return room ? <Shell route={route} /> : <Waiting />;
}

function Waiting() {
  const { t } = useTranslation();
  const { user } = useWorkspace();
  const { session } = useMesh();
  const leave = useAction(session.logout);
  return (
    <AuthFrame title={t('guest.waitingTitle')}>
      <div className={styles.waiting} role="status">
        <DoorOpen size={22} aria-hidden />
        <p className={styles.text}>{t('guest.waitingText', { name: user.username })}</p>
      </div>
      {leave.error && <ErrorNote error={leave.error} />}
      <Button busy={leave.busy} onClick={() => void leave.run()}>
        {t('guest.giveUp')}
      </Button>
    </AuthFrame>
  );
}
