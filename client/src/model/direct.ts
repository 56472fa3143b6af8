/** Straight between this page and a machine: files that are sent and taken, and checks of the connection. */
import { ApiError, asApiError } from '../protocol/api_error';
import type { Command } from '../protocol/command';
import {
  chosen,
  type Ability,
  type CheckReport,
  type ChosenFile,
  type ChosenFolder,
  type ChosenPlace,
  type DirectPort,
  type FromWorker,
  type RemoteFile,
  type FileReport,
  type Purpose,
  type Way,
} from '../protocol/direct';
import type { EventOf, ServerEvent } from '../protocol/event';
import type { Random } from '../protocol/ports';
import type { Rest } from '../protocol/rest';
import type { TerminalFromWorker, TerminalToWorker } from '../protocol/terminal';
import { Store } from './store';

export interface DirectFile extends FileReport {
  readonly id: string;
  readonly way: Way;
  readonly machine: string;
  /** Of the offer that is taken; null for everything else. */
  readonly offer: string | null;
  readonly name: string;
  /** How many files a folder holds; null for a file. */
  readonly count: number | null;
  /** 0 while nobody knows. */
  readonly size: number;
}

/** Moves, or wants to. */
export function isUnderWay({ state }: DirectFile): boolean {
  return state !== 'done' && state !== 'failed';
}

export interface DirectState {
  /** The newest last. */
  readonly files: readonly DirectFile[];
  /** By machine. */
  readonly checks: ReadonlyMap<string, CheckReport>;
}

export type FileWish = 'pause' | 'resume' | 'cancel' | 'retry' | 'dismiss';

/** What a person may want of it now, the most likely first. */
export function fileWishes(send: DirectFile): readonly FileWish[] {
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
export function secondsLeft(send: DirectFile): number | null {
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
  readonly state = new Store<DirectState>({ files: [], checks: new Map() });
  readonly #needs: DirectNeeds;
  readonly #userId: string;
  #begun = false;
  #onTerminal: (message: TerminalFromWorker) => void = () => undefined;

  constructor(needs: DirectNeeds, userId: string) {
    this.#needs = needs;
    this.#userId = userId;
    needs.port.listen(this.#heard);
  }

  get ability(): Ability {
    return this.#needs.port.ability;
  }
  /** Machines can be reached, straight or through the server. */
  get usable(): boolean {
    return this.ability === 'able' || this.ability === 'relayed';
  }

  sendFiles(machine: string, files: readonly ChosenFile[]): void {
    this.#begin();
    for (const file of files) {
      const id = this.#needs.random.id();
      const { name, size } = file;
      this.state.update((state) => ({
        ...state,
        files: [
          ...state.files,
          { ...chosen, id, way: 'out', machine, offer: null, count: null, name, size },
        ],
      }));
      this.#needs.port.post({ type: 'send', id, machine, file });
    }
  }

  sendFolder(machine: string, folder: ChosenFolder): void {
    this.#begin();
    const id = this.#needs.random.id();
    const { name, files } = folder;
    const size = files.reduce((sum, { file }) => sum + file.size, 0);
    const count = files.length;
    const sent = { ...chosen, id, way: 'out', machine, offer: null, count, name, size } as const;
    this.state.update((state) => ({ ...state, files: [...state.files, sent] }));
    this.#needs.port.post({ type: 'send_folder', id, machine, folder });
  }

  /** `name`, `size`: as far as they are known. `place`: null for a download of the browser. */
  take(
    machine: string,
    file: RemoteFile,
    { name, size }: { readonly name: string; readonly size: number },
    place: ChosenPlace | null = null,
  ): void {
    this.#begin();
    const id = this.#needs.random.id();
    const taken = {
      ...chosen,
      id,
      way: 'in',
      machine,
      offer: file.offer,
      count: null,
      name,
      size,
    } as const;
    this.state.update((state) => ({ ...state, files: [...state.files, taken] }));
    this.#needs.port.post({ type: 'take', id, machine, file, place });
  }

  /** Where the browser lets a person say where files go. */
  get canChoosePlace(): boolean {
    return this.#needs.port.choosePlace !== undefined;
  }

  /** As take(), where the person wants it; not at all when they change their mind. */
  async takeTo(
    machine: string,
    file: RemoteFile,
    what: { readonly name: string; readonly size: number },
  ): Promise<void> {
    const place = await this.#needs.port.choosePlace?.(what.name);
    if (place) this.take(machine, file, what, place);
  }

  wish(send: DirectFile, wish: FileWish): void {
    if (wish === 'dismiss')
      this.state.update((state) => ({
        ...state,
        files: state.files.filter((it) => it.id !== send.id),
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
    for (const send of this.state.get().files)
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
    return this.state.get().files.some(isUnderWay);
  }

  received(event: ServerEvent): void {
    if (event.type !== 'p2p.session.renewed') return;
    const { session_id, session_token }: EventOf<'p2p.session.renewed'>['payload'] = event.payload;
    if (this.#begun)
      this.#needs.port.post({ type: 'renewed', session: session_id, token: session_token });
  }

  /** The way of terminals to the worker, beside that of files. */
  terminals(heard: (message: TerminalFromWorker) => void): (message: TerminalToWorker) => void {
    this.#onTerminal = heard;
    return (message) => {
      this.#begin();
      this.#needs.port.post(message);
    };
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
        void this.#session(message.ask, message.machine, message.purpose, message.room);
        break;
      case 'ask_relay':
        void this.#relay(message.ask, message.session);
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
        break;
      default:
        this.#onTerminal(message);
    }
  };

  async #session(
    ask: number,
    machine: string,
    purpose: Purpose,
    room: string | null,
  ): Promise<void> {
    const { port, rest, self } = this.#needs;
    try {
      const own = self();
      if (own === null) throw new ApiError('initiator_device_required');
      // Sessions for folders carry files too, and what is fetched.
      const kind = purpose === 'terminal' ? 'terminal' : 'folder';
      const sender = purpose === 'out' ? 'initiator' : 'target';
      const session = await rest.openSession(kind, machine, own, sender, room);
      port.post({ type: 'session', ask, session });
    } catch (thrown) {
      port.post({ type: 'no_session', ask, code: asApiError(thrown).code });
    }
  }

  async #relay(ask: number, session: string): Promise<void> {
    const { port, rest } = this.#needs;
    try {
      port.post({ type: 'relay', ask, place: await rest.openRelay(session) });
    } catch (thrown) {
      port.post({ type: 'no_relay', ask, code: asApiError(thrown).code });
    }
  }

  #told(id: string, report: FileReport): void {
    this.state.update((state) => ({
      ...state,
      files: state.files.map((it) =>
        it.id === id ? { ...it, ...report, ...(report.told ?? {}) } : it,
      ),
    }));
  }
}
