/** Which page is shown to whom. */
import { CloudOff } from 'lucide-react';
import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import type { Mesh } from '../model/mesh';
import { formatRoute, type Route } from '../model/route';
import type { SessionState } from '../model/session';
import { AuthFrame } from './auth/AuthFrame';
import { InvitePage } from './auth/InvitePage';
import { Visit } from './auth/Visit';
import { LoginPage, RegisterPage, SetupPage } from './auth/SignInPages';
import { MeshContext, useMesh, useStore, WorkspaceContext } from './context';
import { Guard } from './Guard';
import { ErrorNote } from './kit/ErrorNote';
import { Skeleton } from './kit/Parts';
import { replaceWith, useRoute } from './navigation';
import { Shell } from './shell/Shell';
import { Toasts } from './shell/Toasts';

export function App({ mesh }: { readonly mesh: Mesh }) {
  const route = useRoute();
  return (
    <MeshContext value={mesh}>
      <Guard at={formatRoute(route)}>
        <Pages route={route} />
      </Guard>
      <Toasts />
    </MeshContext>
  );
}

function Pages({ route }: { readonly route: Route }) {
  const { session, workspace } = useMesh();
  const state = useStore(session.state);
  const current = useStore(workspace);
  const away = state.phase === 'signed_in' && (route.page === 'login' || route.page === 'register');
  useEffect(() => {
    if (away) replaceWith({ page: 'home' });
  }, [away]);
  if (state.phase === 'starting') return <Starting />;
  if (state.phase === 'unreachable') return <Unreachable state={state} />;
  if (state.phase === 'signed_in' && state.user.guest === true) {
    return (
      current && (
        <WorkspaceContext value={current}>
          <Visit key={current.user.id} route={route} />
        </WorkspaceContext>
      )
    );
  }
  // These two go on through signing in, so they must not be taken down by it.
  if (route.page === 'invite') return <InvitePage key={route.code} code={route.code} />;
  if (route.page === 'setup') return <SetupPage key={route.token} token={route.token} />;
  if (state.phase === 'signed_in') {
    return (
      current && (
        <WorkspaceContext value={current}>
          <Shell key={current.user.id} route={route} />
        </WorkspaceContext>
      )
    );
  }
  if (route.page === 'register') return <RegisterPage />;
  // The address stays, so that signing in leads to what was asked for.
  return <LoginPage ended={state.ended} />;
}

function Starting() {
  const { t } = useTranslation();
  return (
    <main aria-label={t('app.name')}>
      <Skeleton rows={0} />
    </main>
  );
}

type UnreachableState = Extract<SessionState, { phase: 'unreachable' }>;

function Unreachable({ state }: { readonly state: UnreachableState }) {
  const { t } = useTranslation();
  const { session } = useMesh();
  return (
    <AuthFrame title={t('auth.unreachableTitle')}>
      <CloudOff size={22} aria-hidden />
      <ErrorNote error={state.error} onRetry={() => void session.start()} />
    </AuthFrame>
  );
}
