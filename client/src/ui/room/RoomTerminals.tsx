import { SquareTerminal } from 'lucide-react';
import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { formatRoute } from '../../model/route';
import type { Room } from '../../protocol/shapes';
import { useStore, useWorkspace } from '../context';
import { ButtonLink } from '../kit/Button';
import styles from './room.module.css';

/** Terminals that can be looked at here and now; nothing while there is none. */
export function RoomTerminals({ room }: { readonly room: Room }) {
  const { t } = useTranslation();
  const { terminals, user } = useWorkspace();
  const { value } = useStore(terminals.list.state);
  useEffect(() => {
    if (terminals.list.state.get().status === 'idle') void terminals.list.load();
  }, [terminals]);
  const here = value?.filter(({ room_id }) => room_id === room.id) ?? [];
  if (here.length === 0) return null;
  return (
    <ul className={styles.terminals} aria-label={t('terminals.list', { room: room.name })}>
      {here.map(({ device_id: machine, name, user_id, username, room_id }) => {
        const own = user_id === user.id;
        const href = formatRoute({ page: 'terminal', machine, name, room: own ? null : room_id });
        return (
          <li key={`${machine}/${name}`} className={styles.terminal}>
            <SquareTerminal size={17} aria-hidden />
            <span className={styles.terminalName}>
              {name} · {own ? t('terminals.own') : t('terminals.by', { name: username })}
            </span>
            <ButtonLink href={href} size="small" label={t('terminals.openOf', { name, machine })}>
              {t('terminals.open')}
            </ButtonLink>
          </li>
        );
      })}
    </ul>
  );
}
