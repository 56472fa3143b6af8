import { useId, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { isDirect } from '../../model/rooms';
import type { Room } from '../../protocol/shapes';
import { useAction, useWorkspace } from '../context';
import { Button } from '../kit/Button';
import { Dialog, DialogFoot } from '../kit/Dialog';
import { ErrorNote } from '../kit/ErrorNote';
import { replaceWith } from '../navigation';
import styles from './room.module.css';

interface Props {
  readonly room: Room;
  readonly onClose: () => void;
}

/** Leaving; whoever is the only owner first says who takes over. */
export function LeaveRoom({ room, onClose }: Props) {
  const { t } = useTranslation();
  const workspace = useWorkspace();
  const others = room.members.filter((member) => member.user_id !== workspace.user.id);
  const lastOwner =
    room.role === 'owner' && others.length > 0 && others.every((it) => it.role !== 'owner');
  const [successor, setSuccessor] = useState(others[0]?.user_id ?? '');
  const action = useAction(async () => {
    await workspace.rest.leaveRoom(room.id, lastOwner ? successor : null);
    replaceWith({ page: 'home' });
    workspace.dropRoom(room.id);
  });
  const direct = isDirect(room);
  return (
    <Dialog
      title={t(direct ? 'direct.leaveTitle' : 'room.leaveTitle', { room: room.name })}
      onClose={onClose}
    >
      <p>{t(direct ? 'direct.leaveText' : 'room.leaveText')}</p>
      {others.length === 0 && <p>{t('room.leaveAlone')}</p>}
      {lastOwner && <Successor room={room} value={successor} onValue={setSuccessor} />}
      {action.error && <ErrorNote error={action.error} />}
      <DialogFoot>
        <Button onClick={onClose}>{t('common.cancel')}</Button>
        <Button look="danger" busy={action.busy} onClick={() => void action.run()}>
          {t(lastOwner ? 'room.handOver' : direct ? 'direct.leave' : 'room.leave')}
        </Button>
      </DialogFoot>
    </Dialog>
  );
}

interface SuccessorProps {
  readonly room: Room;
  readonly value: string;
  readonly onValue: (userId: string) => void;
}

function Successor({ room, value, onValue }: SuccessorProps) {
  const { t } = useTranslation();
  const { user } = useWorkspace();
  const id = useId();
  return (
    <div className={styles.successor}>
      <label htmlFor={id}>{t('room.successor')}</label>
      <select
        id={id}
        className={styles.select}
        value={value}
        onChange={(event) => {
          onValue(event.target.value);
        }}
      >
        {room.members
          .filter((member) => member.user_id !== user.id)
          .map((member) => (
            <option key={member.user_id} value={member.user_id}>
              {member.username}
            </option>
          ))}
      </select>
    </div>
  );
}
