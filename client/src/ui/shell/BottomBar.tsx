import { ArrowDownUp, CircleUserRound, Laptop, MessagesSquare, SquareTerminal } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { Route } from '../../model/route';
import { unreadCount } from '../../model/unread';
import { useStore, useWorkspace } from '../context';
import { AskersBadge } from '../terminals/AskersBadge';
import { AskedBadge } from '../transfers/AskedBadge';
import styles from './shell.module.css';

/** The way around on a phone, within reach of a thumb. */
export function BottomBar({ route }: { readonly route: Route }) {
  const { t } = useTranslation();
  const { rooms, unread, user } = useWorkspace();
  const read = useStore(unread.state);
  const waiting = useStore(rooms).rooms.filter(
    (room) => unreadCount(read, room.id, room.last_seq) > 0,
  ).length;
  const tab = (...pages: Route['page'][]) => (pages.includes(route.page) ? 'page' : undefined);
  return (
    <nav className={styles.bar} aria-label={t('nav.label')}>
      <a className={styles.tab} href="#/" aria-current={tab('home', 'room')}>
        <MessagesSquare size={22} aria-hidden />
        {t('nav.rooms')}
        {waiting > 0 && <span className={`${styles.badge} ${styles.tabBadge}`}>{waiting}</span>}
      </a>
      {user.guest !== true && (
        <a className={styles.tab} href="#/transfers" aria-current={tab('transfers')}>
          <ArrowDownUp size={22} aria-hidden />
          {t('nav.transfers')}
          <AskedBadge className={`${styles.badge} ${styles.tabBadge}`} />
        </a>
      )}
      <a className={styles.tab} href="#/terminals" aria-current={tab('terminals', 'terminal')}>
        <SquareTerminal size={22} aria-hidden />
        {t('nav.terminals')}
        <AskersBadge className={`${styles.badge} ${styles.tabBadge}`} />
      </a>
      {user.guest !== true && (
        <a className={styles.tab} href="#/devices" aria-current={tab('devices', 'confirm')}>
          <Laptop size={22} aria-hidden />
          {t('nav.devices')}
        </a>
      )}
      <a className={styles.tab} href="#/account" aria-current={tab('account')}>
        <CircleUserRound size={22} aria-hidden />
        {t('nav.account')}
      </a>
    </nav>
  );
}
