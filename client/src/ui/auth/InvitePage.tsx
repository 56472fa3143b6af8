import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { asApiError } from '../../protocol/api_error';
import { Resource } from '../../model/resource';
import { useAction, useMesh, useStore } from '../context';
import { Button, ButtonLink } from '../kit/Button';
import { ErrorNote } from '../kit/ErrorNote';
import { Field } from '../kit/Field';
import { Skeleton } from '../kit/Parts';
import { replaceWith } from '../navigation';
import { useTimes } from '../texts/time';
import { AuthFrame } from './AuthFrame';
import { CredentialsForm } from './CredentialsForm';
import styles from './auth.module.css';

/** An invitation link: says to what, then registers, signs in or joins. */
export function InvitePage({ code }: { readonly code: string }) {
  const { t } = useTranslation();
  const { rest } = useMesh();
  const [preview] = useState(() => new Resource(() => rest.invitation(code)));
  const { status, value, error } = useStore(preview.state);
  const times = useTimes();
  useEffect(() => void preview.load(), [preview]);
  if (error) {
    return (
      <AuthFrame title={t('invite.invalidTitle')}>
        <ErrorNote
          error={error}
          {...(error.code === 'offline' ? { onRetry: () => void preview.load() } : {})}
        />
        <ButtonLink href="#/">{t('invite.toHome')}</ButtonLink>
      </AuthFrame>
    );
  }
  if (status !== 'ready' || !value) {
    return (
      <AuthFrame title={t('room.inviteLink')}>
        <Skeleton rows={2} />
      </AuthFrame>
    );
  }
  return (
    <AuthFrame title={t('invite.title', { room: value.room_name })}>
      <p className={styles.text}>
        {t('invite.from', { name: value.invited_by, role: t(`role.${value.role}`) })}{' '}
        {t('invite.until', { when: times.ago(Date.parse(value.expires_at)) })}
      </p>
      {value.role === 'guest' ? <AsGuest code={code} /> : <Join code={code} />}
    </AuthFrame>
  );
}

/** An invitation for guests asks for a name only; whoever has an account may use it. */
function AsGuest({ code }: { readonly code: string }) {
  const { t } = useTranslation();
  const { session } = useMesh();
  const state = useStore(session.state);
  const [account, setAccount] = useState(false);
  const [name, setName] = useState('');
  const action = useAction(() => session.knock(name.trim(), code));
  const ended = state.phase === 'signed_out' && state.ended;
  if (account || state.phase === 'signed_in') return <Join code={code} known />;
  return (
    <>
      {ended && <p role="status">{t('guest.over')}</p>}
      <form
        className={styles.form}
        onSubmit={(event) => {
          event.preventDefault();
          void action.run();
        }}
      >
        <Field
          label={t('guest.name')}
          hint={t('guest.nameHint')}
          name="name"
          autoComplete="given-name"
          maxLength={32}
          required
          autoFocus
          value={name}
          onValue={setName}
        />
        {action.error && <ErrorNote error={action.error} />}
        <Button
          type="submit"
          look="primary"
          size="wide"
          busy={action.busy}
          disabled={name.trim() === ''}
        >
          {t('guest.ask')}
        </Button>
      </form>
      <p className={styles.other}>
        {t('auth.haveAccount')}{' '}
        <button
          type="button"
          className={styles.link}
          onClick={() => {
            setAccount(true);
          }}
        >
          {t('auth.signIn')}
        </button>
      </p>
    </>
  );
}

/** `known`: begins with signing in instead of registering. */
function Join({ code, known: first = false }: { readonly code: string; readonly known?: boolean }) {
  const { t } = useTranslation();
  const { session, workspace, rest } = useMesh();
  const state = useStore(session.state);
  const [known, setKnown] = useState(first);
  const join = async () => {
    const { room } = await rest.acceptInvitation(code);
    workspace.get()?.keepRoom(room);
    replaceWith({ page: 'room', roomId: room.id });
  };
  const action = useAction(join);
  /** Registering with an invitation may have joined the room already. */
  const joinAfterwards = async () => {
    try {
      await join();
    } catch (thrown) {
      const { code: why } = asApiError(thrown);
      if (why !== 'invitation_invalid' && why !== 'already_member') throw thrown;
      const [room] = (await rest.rooms()).rooms;
      replaceWith(room ? { page: 'room', roomId: room.id } : { page: 'home' });
    }
  };
  if (state.phase === 'signed_in') {
    return (
      <div className={styles.form}>
        <p className={styles.text}>{t('invite.signedInAs', { name: state.user.username })}</p>
        {action.error && <ErrorNote error={action.error} />}
        <Button look="primary" size="wide" busy={action.busy} onClick={() => void action.run()}>
          {t('invite.join')}
        </Button>
      </div>
    );
  }
  const enter = async (username: string, password: string) => {
    await (known ? session.login(username, password) : session.register(username, password, code));
    await joinAfterwards();
  };
  return (
    <>
      <CredentialsForm
        key={String(known)}
        verb={known ? t('invite.signIn') : t('invite.register')}
        choosing={!known}
        submit={enter}
      />
      <p className={styles.other}>
        {known ? t('auth.noAccount') : t('auth.haveAccount')}{' '}
        <button
          type="button"
          className={styles.link}
          onClick={() => {
            setKnown(!known);
          }}
        >
          {known ? t('auth.createAccount') : t('auth.signIn')}
        </button>
      </p>
    </>
  );
}
