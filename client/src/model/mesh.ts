/** The whole model of the page: who is signed in, and their workspace. */
import type { Clock, Http } from '../protocol/ports';
import { Rest } from '../protocol/rest';
import type { AlertPort } from './alerts';
import { Notices } from './notices';
import { Preferences } from './preferences';
import { Session } from './session';
import { Store } from './store';
import { Workspace, type WorldPorts } from './workspace';

export interface MeshPorts extends WorldPorts {
  readonly http: Http;
  /** The browser's languages, the preferred first. */
  readonly spoken: readonly string[];
}

/** Between tries to find the server when a visit begins without one. */
const retryMilliseconds = 3_000;

export class Mesh {
  readonly rest: Rest;
  readonly session: Session;
  readonly notices: Notices;
  readonly preferences: Preferences;
  readonly workspace = new Store<Workspace | null>(null);
  readonly #ports: MeshPorts;

  constructor(ports: MeshPorts) {
    this.#ports = ports;
    this.rest = new Rest(ports.http);
    this.session = new Session(this.rest);
    this.notices = new Notices(ports.clock);
    this.preferences = new Preferences(ports.storage, ports.spoken);
    this.session.state.subscribe(this.#follow);
  }

  get clock(): Clock {
    return this.#ports.clock;
  }

  get alerts(): AlertPort {
    return this.#ports.alerts;
  }

  start(): void {
    void this.session.start();
  }

  /** A workspace lives exactly as long as its person is signed in. */
  readonly #follow = (): void => {
    const state = this.session.state.get();
    const current = this.workspace.get();
    if (state.phase === 'signed_in') {
      if (current?.user.id === state.user.id) return;
      current?.end();
      const { rest, session, notices, preferences } = this;
      const ports = this.#ports;
      const workspace = new Workspace(state.user, rest, session, notices, preferences, ports);
      this.workspace.set(workspace);
      void workspace.start(state.fresh);
    } else if (state.phase === 'unreachable') {
      this.#ports.clock.after(retryMilliseconds, () => {
        if (this.session.state.get() === state) this.start();
      });
    } else if (current && state.phase === 'signed_out') {
      current.end();
      this.workspace.set(null);
    }
  };
}
