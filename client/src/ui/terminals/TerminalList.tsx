/** Terminals that may be looked at, one row each. */
import { useTranslation } from 'react-i18next';
import { formatRoute } from '../../model/route';
import type { SharedTerminal } from '../../protocol/shapes';
import { useStore, useWorkspace } from '../context';
import { ButtonLink } from '../kit/Button';
import { onListKey } from '../shell/list_keys';
import shell from '../shell/shell.module.css';
import { TerminalHead } from './TerminalHead';
import styles from './terminals.module.css';

interface Props {
  readonly label: string;
  readonly terminals: readonly SharedTerminal[];
  /** The room is clear from where the list stands. */
  readonly inRoom?: boolean;
}

export function TerminalList({ label, terminals, inRoom = false }: Props) {
  return (
    <ul className={shell.list} aria-label={label} onKeyDown={onListKey}>
      {terminals.map((it) => (
        <Row key={`${it.device_id}/${it.name}`} terminal={it} inRoom={inRoom} />
      ))}
    </ul>
  );
}

function Row({
  terminal,
  inRoom,
}: {
  readonly terminal: SharedTerminal;
  readonly inRoom: boolean;
}) {
  const { t } = useTranslation();
  const { rooms, user } = useWorkspace();
  const { device_id: machine, name, room_id, to_user_id, username, cols, rows } = terminal;
  const room = useStore(rooms).rooms.find(({ id }) => id === room_id);
  const own = terminal.user_id === user.id;
  const facts = [
    own ? t('terminals.own') : t('terminals.by', { name: username }),
    machine,
    t('terminals.size', { cols, rows }),
    ...(room && !inRoom ? [t('terminals.inRoom', { room: room.name })] : []),
    ...(to_user_id === user.id ? [t('terminals.withYou')] : []),
  ];
  // Between devices of one person a session needs no room, and has every right.
  const href = formatRoute({ page: 'terminal', machine, name, room: own ? null : room_id });
  return (
    <li className={styles.row}>
      <TerminalHead name={name} facts={facts} />
      <ButtonLink href={href} size="small" label={t('terminals.openOf', { name, machine })}>
        {t('terminals.open')}
      </ButtonLink>
    </li>
  );
}
