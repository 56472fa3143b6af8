import { Link2, QrCode } from 'lucide-react';
import { lazy, Suspense, useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ApiError, asApiError } from '../../protocol/api_error';
import { Resource } from '../../model/resource';
import type { Invitation, Room } from '../../protocol/shapes';
import { useAction, useStore, useWorkspace } from '../context';
import { Button } from '../kit/Button';
import { Dialog } from '../kit/Dialog';
import { ErrorNote } from '../kit/ErrorNote';
import { Choices, CopyField } from '../kit/Parts';
import { formatRoute } from '../../model/route';
import { useTimes } from '../texts/time';
import styles from './room.module.css';

// Drawn only when asked for, so its code is fetched only then.
const QrImage = lazy(() => import('./QrImage'));

/** The link as it works from here: the server may know itself under another name. */
function linkOf(invitation: Invitation): string {
  const { origin, pathname } = location;
  const hash = formatRoute({ page: 'invite', code: invitation.code ?? '' });
  return `${origin}${pathname}${hash}`;
}

const hour = 3_600;
const lives = { hour, day: 24 * hour, week: 7 * 24 * hour, month: 30 * 24 * hour } as const;
type Life = keyof typeof lives;
const uses = ['1', '3', '10'] as const;

/** Terms of a new link, the link itself, and the links that still work. */
export function InviteDialog({
  room,
  onClose,
}: {
  readonly room: Room;
  readonly onClose: () => void;
}) {
  const { t } = useTranslation();
  const { rest } = useWorkspace();
  const [made, setMade] = useState<Invitation | null>(null);
  const [open] = useState(
    () => new Resource(async () => (await rest.invitations(room.id)).invitations),
  );
  useEffect(() => void open.load(), [open]);
  return (
    <Dialog title={t('room.inviteInto', { room: room.name })} onClose={onClose}>
      {made ? (
        <Made
          invitation={made}
          onAnother={() => {
            setMade(null);
          }}
        />
      ) : (
        <Terms
          room={room}
          onMade={(invitation) => {
            setMade(invitation);
            void open.load();
          }}
        />
      )}
      <OpenInvitations
        open={open}
        onWithdrawn={(id) => {
          if (id === made?.id) setMade(null);
        }}
      />
    </Dialog>
  );
}

interface TermsProps {
  readonly room: Room;
  readonly onMade: (invitation: Invitation) => void;
}

function Terms({ room, onMade }: TermsProps) {
  const { t } = useTranslation();
  const { rest } = useWorkspace();
  const [role, setRole] = useState<'member' | 'guest'>('member');
  const [life, setLife] = useState<Life>('day');
  const [count, setCount] = useState<(typeof uses)[number]>('1');
  const action = useAction(async () => {
    const terms = { role, expires_in: lives[life], max_uses: Number(count) };
    const { invitation } = await rest.invite(room.id, terms);
    if (invitation.code === null) throw new ApiError('bad_answer');
    onMade(invitation);
  });
  return (
    <form
      className={styles.dialogForm}
      onSubmit={(event) => {
        event.preventDefault();
        void action.run();
      }}
    >
      <div className={styles.term}>
        <span>{t('room.inviteAs')}</span>
        <Choices
          label={t('room.inviteAs')}
          value={role}
          onValue={setRole}
          options={[
            { value: 'member', text: t('role.member') },
            { value: 'guest', text: t('role.guest') },
          ]}
        />
      </div>
      <p className={styles.termNote}>
        {t(role === 'member' ? 'room.inviteMemberNote' : 'room.inviteGuestNote')}
      </p>
      <div className={styles.term}>
        <span>{t('room.inviteLife')}</span>
        <Choices
          label={t('room.inviteLife')}
          value={life}
          onValue={setLife}
          options={(['hour', 'day', 'week', 'month'] as const).map((value) => ({
            value,
            text: t(`room.life.${value}`),
          }))}
        />
      </div>
      <div className={styles.term}>
        <span>{t('room.inviteUses')}</span>
        <Choices
          label={t('room.inviteUses')}
          value={count}
          onValue={setCount}
          options={uses.map((value) => ({
            value,
            text: t('room.inviteTimes', { count: Number(value) }),
          }))}
        />
      </div>
      {action.error && <ErrorNote error={action.error} />}
      <Button type="submit" look="primary" busy={action.busy}>
        <Link2 size={17} aria-hidden />
        {t('room.inviteCreate')}
      </Button>
    </form>
  );
}

interface MadeProps {
  readonly invitation: Invitation;
  readonly onAnother: () => void;
}

function Made({ invitation, onAnother }: MadeProps) {
  const { t } = useTranslation();
  const times = useTimes();
  const [qr, setQr] = useState(false);
  const link = linkOf(invitation);
  return (
    <>
      <CopyField label={t('room.inviteLink')} text={link} />
      <p className={styles.termNote}>
        {t('room.inviteUntil', {
          count: invitation.uses_left,
          when: times.full(Date.parse(invitation.expires_at)),
        })}
      </p>
      {qr && (
        <Suspense fallback={<div className={styles.qrSpace} />}>
          <QrImage text={link} label={t('room.inviteQrLabel')} />
        </Suspense>
      )}
      <div className={styles.buttons}>
        <Button
          aria-expanded={qr}
          onClick={() => {
            setQr(!qr);
          }}
        >
          <QrCode size={17} aria-hidden />
          {t(qr ? 'room.inviteQrHide' : 'room.inviteQr')}
        </Button>
        <Button look="quiet" onClick={onAnother}>
          {t('room.inviteAnother')}
        </Button>
      </div>
    </>
  );
}

interface OpenProps {
  readonly open: Resource<readonly Invitation[]>;
  readonly onWithdrawn: (id: string) => void;
}

/** Links that still work, and a way to take each back. */
function OpenInvitations({ open, onWithdrawn }: OpenProps) {
  const { t } = useTranslation();
  const { rest, notices } = useWorkspace();
  const times = useTimes();
  const { value, error } = useStore(open.state);
  if (error) return <ErrorNote error={error} onRetry={() => void open.load()} />;
  if (!value || value.length === 0) return null;
  const withdraw = async (id: string) => {
    try {
      await rest.withdrawInvitation(id);
      open.change((invitations) => invitations.filter((it) => it.id !== id));
      onWithdrawn(id);
    } catch (thrown) {
      notices.failed(asApiError(thrown));
    }
  };
  return (
    <section className={styles.open}>
      <h3 className={styles.panelTitle}>{t('room.inviteOpen')}</h3>
      <ul className={styles.invitations}>
        {value.map((invitation) => (
          <li key={invitation.id} className={styles.invitation}>
            {t('room.inviteOpenOne', {
              role: t(`role.${invitation.role}`),
              count: invitation.uses_left,
              when: times.ago(Date.parse(invitation.expires_at)),
            })}
            <Button size="small" look="quietDanger" onClick={() => void withdraw(invitation.id)}>
              {t('room.withdraw')}
            </Button>
          </li>
        ))}
      </ul>
    </section>
  );
}
