import { ArrowDownUp, Laptop, Settings2, SquareTerminal } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { Route } from '../../model/route';
import { useStore, useWorkspace } from '../context';
import { Avatar } from '../kit/Avatar';
import { Mark } from '../kit/Mark';
import { PresenceDot } from '../kit/Parts';
import { RoomList } from './RoomList';
import { AskersBadge } from '../terminals/AskersBadge';
import { AskedBadge } from '../transfers/AskedBadge';
import styles from './shell.module.css';

interface Props {
  readonly route: Route;
  readonly onFind: () => void;
  readonly onCreate: () => void;
}

/** Rooms, and the ways to one's devices and account; a phone has the bottom bar instead. */
export function Rail({ route, onFind, onCreate }: Props) {
  const { t } = useTranslation();
  const workspace = useWorkspace();
  const status = useStore(workspace.attendance.status);
  const link = useStore(workspace.connection.state);
  const here = (page: Route['page']) => (route.page === page ? 'page' : undefined);
  return (
    <nav className={styles.rail} aria-label={t('nav.label')}>
      <div className={styles.railHead}>
        <Mark size={24} />
        {t('app.name')}
      </div>
      <RoomList route={route} onFind={onFind} onCreate={onCreate} level="h2" />
      <div className={styles.railFoot}>
        {workspace.user.guest !== true && (
          <a
            className={styles.item}
            href="#/transfers"
            data-key="transfers"
            aria-current={here('transfers')}
          >
            <ArrowDownUp size={17} aria-hidden />
            <span className={styles.itemName}>{t('nav.transfers')}</span>
            <AskedBadge className={styles.badge} />
          </a>
        )}
        <a
          className={styles.item}
          href="#/terminals"
          data-key="terminals"
          aria-current={here('terminals') ?? here('terminal')}
        >
          <SquareTerminal size={17} aria-hidden />
          <span className={styles.itemName}>{t('nav.terminals')}</span>
          <AskersBadge className={styles.badge} />
        </a>
        {workspace.user.guest !== true && (
          <a
            className={styles.item}
            href="#/devices"
            aria-current={here('devices') ?? here('confirm')}
          >
            <Laptop size={17} aria-hidden />
            <span className={styles.itemName}>{t('nav.devices')}</span>
          </a>
        )}
        <a
          className={`${styles.item} ${styles.me}`}
          href="#/account"
          aria-current={here('account')}
        >
          <span className={styles.face}>
            <Avatar name={workspace.user.username} small />
            <span className={styles.faceDot}>
              <PresenceDot presence={link.phase === 'online' ? status : 'offline'} />
            </span>
          </span>
          <span className={styles.itemName}>{workspace.user.username}</span>
          <Settings2 size={16} aria-label={t('nav.account')} role="img" />
        </a>
      </div>
    </nav>
  );
}
