/** Straight from this page to a machine: files that are sent, and checks of the connection. */
import { ApiError, asApiError } from '../protocol/api_error';
import type { Command } from '../protocol/command';
import {
  chosen,
  type CheckReport,
  type ChosenFile,
  type DirectPort,
  type FromWorker,
  type SendReport,
} from '../protocol/direct';
import type { EventOf, ServerEvent } from '../protocol/event';
import type { Random } from '../protocol/ports';
import type { Rest } from '../protocol/rest';
import { Store } from './store';

export interface Send extends SendReport {
  readonly id: string;
  readonly machine: string;
  readonly name: string;
  readonly size: number;
}

export interface DirectState {
  /** The newest last. */
  readonly sends: readonly Send[];
  /** By machine. */
  readonly checks: ReadonlyMap<string, CheckReport>;
}

export type SendWish = 'pause' | 'resume' | 'cancel' | 'retry' | 'dismiss';

/** What a person may want of it now, the most likely first. */
export function sendWishes(send: Send): readonly SendWish[] {
  switch (send.state) {
    case 'queued':
    case 'connecting':
    case 'permission':
    case 'waiting':
      return ['cancel'];
    case 'comparing':
    case 'running':
      return ['pause', 'cancel'];
    case 'paused':
      return ['resume', 'cancel'];
    case 'retrying':
      return ['retry', 'cancel'];
    case 'failed':
      return ['retry', 'dismiss'];
    case 'done':
      return ['dismiss'];
  }
}

/** Seconds until it is there, or null while nobody knows. */
export function secondsLeft(send: Send): number | null {
  return send.rate > 0 ? Math.ceil((send.size - send.offset) / send.rate) : null;
}

export interface DirectNeeds {
  readonly port: DirectPort;
  readonly rest: Rest;
  readonly random: Random;
  readonly send: (command: Command) => string | null;
  /** The device id of this browser, or null before it is registered. */
  readonly self: () => string | null;
}

export class DirectModel {
  readonly state = new Store<DirectState>({ sends: [], checks: new Map() });
  readonly #needs: DirectNeeds;
  readonly #userId: string;
  #begun = false;

  constructor(needs: DirectNeeds, userId: string) {
    this.#needs = needs;
    this.#userId = userId;
    needs.port.listen(this.#heard);
  }

  get ability(): DirectPort['ability'] {
    return this.#needs.port.ability;
  }

  sendFiles(machine: string, files: readonly ChosenFile[]): void {
    this.#begin();
    for (const file of files) {
      const id = this.#needs.random.id();
      const { name, size } = file;
      this.state.update((state) => ({
        ...state,
        sends: [...state.sends, { ...chosen, id, machine, name, size }],
      }));
      this.#needs.port.post({ type: 'send', id, machine, file });
    }
  }

  wish(send: Send, wish: SendWish): void {
    if (wish === 'dismiss')
      this.state.update((state) => ({
        ...state,
        sends: state.sends.filter((it) => it.id !== send.id),
      }));
    else this.#needs.port.post({ type: wish === 'retry' ? 'resume' : wish, id: send.id });
  }

  check(machine: string): void {
    this.#begin();
    this.#needs.port.post({ type: 'check', machine });
  }

  /** Its key is another one than before, and its person says that this is right. */
  trust(machine: string): void {
    this.#needs.port.post({ type: 'trust', machine });
    for (const send of this.state.get().sends)
      if (send.machine === machine && send.error?.code === 'key_changed') this.wish(send, 'retry');
    if (this.state.get().checks.get(machine)?.error?.code === 'key_changed') this.check(machine);
  }

  forgetCheck(machine: string): void {
    this.state.update((state) => ({
      ...state,
      checks: new Map([...state.checks].filter(([it]) => it !== machine)),
    }));
  }

  /** Files that would stop when the page closes. */
  get busy(): boolean {
    return this.state.get().sends.some(({ state }) => state !== 'done' && state !== 'failed');
  }

  received(event: ServerEvent): void {
    if (event.type !== 'p2p.session.renewed') return;
    const { session_id, session_token }: EventOf<'p2p.session.renewed'>['payload'] = event.payload;
    if (this.#begun)
      this.#needs.port.post({ type: 'renewed', session: session_id, token: session_token });
  }

  end(): void {
    this.#needs.port.end();
  }

  #begin(): void {
    if (this.#begun) return;
    this.#begun = true;
    this.#needs.port.post({ type: 'begin', user: this.#userId });
  }

  readonly #heard = (message: FromWorker): void => {
    switch (message.type) {
      case 'ask_session':
        void this.#session(message.ask, message.machine);
        break;
      case 'renew':
      case 'close':
        this.#needs.send({
          type: `p2p.session.${message.type}`,
          payload: { session_id: message.session },
        });
        break;
      case 'told':
        this.#told(message.id, message.report);
        break;
      case 'checked':
        this.state.update((state) => ({
          ...state,
          checks: new Map([...state.checks, [message.machine, message.report]]),
        }));
    }
  };

  async #session(ask: number, machine: string): Promise<void> {
    const { port, rest, self } = this.#needs;
    try {
      const own = self();
      if (own === null) throw new ApiError('initiator_device_required');
      port.post({ type: 'session', ask, session: await rest.openSession('file', machine, own) });
    } catch (thrown) {
      port.post({ type: 'no_session', ask, code: asApiError(thrown).code });
    }
  }

  #told(id: string, report: SendReport): void {
    this.state.update((state) => ({
      ...state,
      sends: state.sends.map((it) => (it.id === id ? { ...it, ...report } : it)),
    }));
  }
}
