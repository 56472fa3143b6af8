import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Member, Room } from '../../protocol/shapes';
import { useAction, useWorkspace } from '../context';
import { Button } from '../kit/Button';
import { Confirm, Dialog, DialogFoot } from '../kit/Dialog';
import { ErrorNote } from '../kit/ErrorNote';
import { Field } from '../kit/Field';
import { go, replaceWith } from '../navigation';
import styles from './room.module.css';

const nameCharacters = 80;

interface NameProps {
  readonly title: string;
  readonly label: string;
  readonly hint?: string;
  readonly verb: string;
  readonly name: string;
  readonly submit: (name: string) => Promise<void>;
  readonly onClose: () => void;
}

/** Asks for one name. */
export function NameDialog({ title, label, hint, verb, name: first, submit, onClose }: NameProps) {
  const { t } = useTranslation();
  const [name, setName] = useState(first);
  const action = useAction(() => submit(name.trim()));
  return (
    <Dialog title={title} onClose={onClose}>
      <form
        className={styles.dialogForm}
        onSubmit={(event) => {
          event.preventDefault();
          void action.run();
        }}
      >
        <Field
          label={label}
          hint={hint}
          value={name}
          onValue={setName}
          maxLength={nameCharacters}
          autoComplete="off"
          required
        />
        {action.error && <ErrorNote error={action.error} />}
        <DialogFoot>
          <Button onClick={onClose}>{t('common.cancel')}</Button>
          <Button type="submit" look="primary" busy={action.busy} disabled={name.trim() === ''}>
            {verb}
          </Button>
        </DialogFoot>
      </form>
    </Dialog>
  );
}

export function CreateRoom({ onClose }: { readonly onClose: () => void }) {
  const { t } = useTranslation();
  const workspace = useWorkspace();
  return (
    <NameDialog
      title={t('room.createTitle')}
      label={t('room.name')}
      hint={t('room.nameHint')}
      verb={t('room.create')}
      name=""
      onClose={onClose}
      submit={async (name) => {
        const { room } = await workspace.rest.createRoom(name);
        workspace.keepRoom(room);
        onClose();
        go({ page: 'room', roomId: room.id });
      }}
    />
  );
}

interface Props {
  readonly room: Room;
  readonly onClose: () => void;
}

export function RenameRoom({ room, onClose }: Props) {
  const { t } = useTranslation();
  const workspace = useWorkspace();
  return (
    <NameDialog
      title={t('room.renameTitle')}
      label={t('room.name')}
      verb={t('room.rename')}
      name={room.name}
      onClose={onClose}
      submit={async (name) => {
        workspace.keepRoom((await workspace.rest.renameRoom(room.id, name)).room);
        onClose();
      }}
    />
  );
}

export function DeleteRoom({ room, onClose }: Props) {
  const { t } = useTranslation();
  const workspace = useWorkspace();
  const action = useAction(async () => {
    await workspace.rest.deleteRoom(room.id);
    replaceWith({ page: 'home' });
    workspace.dropRoom(room.id);
  });
  return (
    <Confirm
      title={t('room.deleteTitle', { room: room.name })}
      text={t('room.deleteText')}
      verb={t('room.delete')}
      action={action}
      onClose={onClose}
    />
  );
}

export function RemoveMember({ room, member, onClose }: Props & { readonly member: Member }) {
  const { t } = useTranslation();
  const workspace = useWorkspace();
  const action = useAction(async () => {
    await workspace.rest.removeMember(room.id, member.user_id);
    workspace.dropMember(room.id, member.user_id);
    onClose();
  });
  return (
    <Confirm
      title={t('room.removeTitle', { name: member.username })}
      text={t('room.removeText')}
      verb={t('room.removeShort')}
      action={action}
      onClose={onClose}
    />
  );
}
