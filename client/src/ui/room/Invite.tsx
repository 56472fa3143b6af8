import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ApiError } from '../../protocol/api_error';
import type { Invitation, Room } from '../../protocol/shapes';
import { useAction, useWorkspace } from '../context';
import { Button } from '../kit/Button';
import { ErrorNote } from '../kit/ErrorNote';
import { Choices, CopyField } from '../kit/Parts';
import { formatRoute } from '../../model/route';
import { useTimes } from '../texts/time';
import styles from './room.module.css';

/** The link as it works from here: the server may know itself under another name. */
function linkOf(invitation: Invitation): string {
  const { origin, pathname } = location;
  const hash = formatRoute({ page: 'invite', code: invitation.code ?? '' });
  return `${origin}${pathname}${hash}`;
}

export function Invite({ room }: { readonly room: Room }) {
  const { t } = useTranslation();
  const { rest } = useWorkspace();
  const times = useTimes();
  const [role, setRole] = useState<'member' | 'guest'>('member');
  const [made, setMade] = useState<Invitation | null>(null);
  const action = useAction(async () => {
    const { invitation } = await rest.invite(room.id, role);
    if (invitation.code === null) throw new ApiError('bad_answer');
    setMade(invitation);
  });
  return (
    <div className={styles.invite}>
      <p className={styles.panelText}>{t('room.inviteText')}</p>
      <div>
        <Choices
          label={t('room.inviteTitle')}
          value={role}
          onValue={setRole}
          options={[
            { value: 'member', text: t('room.inviteMember') },
            { value: 'guest', text: t('room.inviteGuest') },
          ]}
        />
      </div>
      {action.error && <ErrorNote error={action.error} />}
      <div>
        <Button
          look={made ? 'plain' : 'primary'}
          busy={action.busy}
          onClick={() => void action.run()}
        >
          {t('room.inviteCreate')}
        </Button>
      </div>
      {made && (
        <>
          <CopyField label={t('room.inviteLink')} text={linkOf(made)} />
          <p className={styles.panelText}>
            {t('room.inviteUntil', { when: times.full(Date.parse(made.expires_at)) })}
          </p>
        </>
      )}
    </div>
  );
}
