import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ApiError, asApiError } from '../../protocol/api_error';
import { Resource } from '../../model/resource';
import type { Invitation, Room } from '../../protocol/shapes';
import { useAction, useStore, useWorkspace } from '../context';
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
  const [open] = useState(
    () => new Resource(async () => (await rest.invitations(room.id)).invitations),
  );
  useEffect(() => void open.load(), [open]);
  const action = useAction(async () => {
    const { invitation } = await rest.invite(room.id, role);
    if (invitation.code === null) throw new ApiError('bad_answer');
    setMade(invitation);
    void open.load();
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
      <OpenInvitations open={open} />
    </div>
  );
}

/** Links that still work, and a way to take each back. */
function OpenInvitations({ open }: { readonly open: Resource<readonly Invitation[]> }) {
  const { t } = useTranslation();
  const { rest, notices } = useWorkspace();
  const times = useTimes();
  const { value } = useStore(open.state);
  if (!value || value.length === 0) return null;
  const withdraw = async (id: string) => {
    try {
      await rest.withdrawInvitation(id);
      open.change((invitations) => invitations.filter((it) => it.id !== id));
    } catch (thrown) {
      notices.failed(asApiError(thrown));
    }
  };
  return (
    <section className={styles.panelSection}>
      <h4 className={styles.panelTitle}>{t('room.inviteOpen')}</h4>
      <ul className={styles.invitations}>
        {value.map((invitation) => (
          <li key={invitation.id} className={styles.invitation}>
            {t('room.inviteOpenOne', {
              role: t(`role.${invitation.role}`),
              when: times.ago(Date.parse(invitation.expires_at)),
            })}
            <Button size="small" look="quiet" onClick={() => void withdraw(invitation.id)}>
              {t('room.withdraw')}
            </Button>
          </li>
        ))}
      </ul>
    </section>
  );
}
