// First, so that the styles of single parts win over them.
import '../ui/styles/fonts.css';
import '../ui/styles/tokens.css';
import '../ui/styles/base.css';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { Mesh } from '../model/mesh';
import { App } from '../ui/App';
import { speak, startWords } from '../ui/texts/i18n';
import { alerts } from './alerts';
import { directPort } from './direct_port';
import { http } from './http';
import { openSocket } from './socket';
import { vault } from './vault';
import { clock, random, storage } from './world';

const mesh = new Mesh({
  http,
  open: openSocket,
  clock,
  random,
  storage,
  vault,
  alerts,
  direct: directPort,
  version: __MESH_VERSION__,
  spoken: navigator.languages,
});

function follow(): void {
  const { theme, language, density } = mesh.preferences.state.get();
  document.documentElement.dataset.theme = theme;
  document.documentElement.dataset.density = density;
  // The browser's own bar goes with the rail.
  const bar = getComputedStyle(document.documentElement).getPropertyValue('--sunken').trim();
  document.querySelector('meta[name="theme-color"]')?.setAttribute('content', bar);
  speak(language);
}

window.addEventListener('online', () => {
  mesh.workspace.get()?.connection.retryNow();
  if (mesh.session.state.get().phase === 'unreachable') mesh.start();
});
window.addEventListener('offline', () => {
  mesh.workspace.get()?.connection.suspect();
});
document.addEventListener('visibilitychange', () => {
  const visible = document.visibilityState === 'visible';
  mesh.workspace.get()?.attend(visible);
  if (visible) mesh.workspace.get()?.connection.suspect();
});
for (const sign of ['pointerdown', 'pointermove', 'keydown', 'wheel'] as const) {
  window.addEventListener(sign, () => mesh.workspace.get()?.attendance.touched(), {
    passive: true,
  });
}
window.addEventListener('pagehide', ({ persisted }) => {
  if (!persisted) mesh.workspace.get()?.terminals.shown.get()?.leave();
  mesh.workspace.get()?.devices.revoking.flush();
});

// The browser asks in its own words; what it would lose is a file under way.
window.addEventListener('beforeunload', (event) => {
  if (mesh.workspace.get()?.direct.busy === true) event.preventDefault();
});

const root = document.getElementById('root');
if (!root) throw new Error('index.html has no #root');
await startWords(mesh.preferences.state.get().language);
follow();
mesh.preferences.state.subscribe(follow);
mesh.start();
createRoot(root).render(
  <StrictMode>
    <App mesh={mesh} />
  </StrictMode>,
);
