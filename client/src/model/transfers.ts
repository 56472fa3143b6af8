/** What one's own agents send and receive: they tell it while a page looks, and do what the page wants. */
import { ApiError } from '../protocol/api_error';
import type { Command, TransferWish } from '../protocol/command';
import type { EventOf, ServerEvent, Welcome } from '../protocol/event';
import type { Clock } from '../protocol/ports';
import type { TransferReport } from '../protocol/shapes';
import type { Notices } from './notices';
import { Store } from './store';

/** `machine`: the own agent that tells of it. */
export interface Transfer extends TransferReport {
  readonly machine: string;
}

/** `asked`: its list has not come yet. `silent`: nor will it; an older agent, or one that hangs. */
export type MachineState = 'asked' | 'known' | 'silent' | 'gone';

export interface TransfersState {
  /** A link to the server existed, so `machines` means something. */
  readonly loaded: boolean;
  readonly machines: ReadonlyMap<string, MachineState>;
  /** The newest first. */
  readonly transfers: readonly Transfer[];
  /** Keys of those whose last wish is not answered yet. */
  readonly busy: ReadonlySet<string>;
}

const answerWithinMilliseconds = 5_000;

export function keyOf(transfer: Transfer): string {
  return `${transfer.machine}/${transfer.transfer_id}`;
}

/** A file of one's own machine that waits for this browser to come for it. */
export function isOfferTo(
  device: string | null,
  { direction, state, device_id }: Transfer,
): boolean {
  return direction === 'out' && state === 'waiting' && device_id === device;
}

export type Place = 'asked' | 'underWay' | 'ended';

/** Where it stands on the page: a file that waits for one's own answer comes before everything else. */
export function placeOf(transfer: Transfer): Place {
  if (transfer.state === 'done' || transfer.state === 'failed') return 'ended';
  return transfer.direction === 'in' && transfer.state === 'waiting' ? 'asked' : 'underWay';
}

/** What a person may want of it now, the most likely first. */
export function wishesFor(transfer: Transfer): readonly TransferWish[] {
  const { direction, state } = transfer;
  if (direction === 'in') {
    if (state === 'waiting') return ['accept', 'refuse'];
    return placeOf(transfer) === 'ended' ? [] : ['cancel'];
  }
  switch (state) {
    case 'queued':
      return ['retry', 'pause', 'cancel'];
    case 'waiting':
    case 'running':
      return ['pause', 'cancel'];
    case 'paused':
      return ['resume', 'cancel'];
    case 'failed':
      return ['retry'];
    case 'done':
      return [];
  }
}

/** Bytes per second over the whole transfer, without what was there already. */
export function averageRate(transfer: Transfer): number {
  return transfer.seconds > 0 ? (transfer.size - transfer.before) / transfer.seconds : 0;
}

function newestFirst(transfers: readonly Transfer[]): readonly Transfer[] {
  return [...transfers].sort((x, y) => y.started_at.localeCompare(x.started_at));
}

const nothing: TransfersState = {
  loaded: false,
  machines: new Map(),
  transfers: [],
  busy: new Set(),
};

export class TransfersModel {
  readonly state = new Store<TransfersState>(nothing);
  readonly #send: (command: Command) => string | null;
  readonly #clock: Clock;
  readonly #notices: Notices;
  readonly #userId: string;
  /** A file waits for an answer that it did not wait for before. */
  readonly #asked: (transfer: Transfer) => void;
  /** Wishes by the id of their event. */
  readonly #sent = new Map<string, string>();
  readonly #timers = new Map<string, () => void>();

  constructor(
    send: (command: Command) => string | null,
    clock: Clock,
    notices: Notices,
    userId: string,
    asked: (transfer: Transfer) => void,
  ) {
    this.#asked = asked;
    this.#send = send;
    this.#clock = clock;
    this.#notices = notices;
    this.#userId = userId;
  }

  welcomed(welcome: Welcome): void {
    const own = welcome.presence.find((it) => it.user_id === this.#userId)?.devices ?? [];
    const agents = own.flatMap(({ kind, device_id }) =>
      kind === 'agent' && device_id !== null ? [device_id] : [],
    );
    this.#sent.clear();
    this.state.update((state) => ({
      ...state,
      loaded: true,
      busy: new Set(),
      machines: new Map([...state.machines.keys()].map((machine) => [machine, 'gone'])),
    }));
    for (const machine of agents) this.#ask(machine);
  }

  received(event: ServerEvent): void {
    switch (event.type) {
      case 'presence.changed':
        this.#presence(event.payload);
        break;
      case 'device.revoked':
        this.#forget(event.payload.device_id);
        break;
      case 'share.listed':
        this.#listed(event);
        break;
      case 'share.offered':
      case 'share.accepted':
      case 'share.rejected':
      case 'share.progress':
      case 'share.done':
      case 'share.failed':
        this.#told(event);
        break;
      default:
    }
  }

  /** True when the error answers a wish of this page. */
  refused(event: EventOf<'system.error'>): boolean {
    const key = event.reply_to === null ? undefined : this.#sent.get(event.reply_to);
    if (key === undefined) return false;
    this.#rest(key);
    this.#notices.failed(new ApiError(event.payload.code, { message: event.payload.message }));
    return true;
  }

  wish(transfer: Transfer, action: TransferWish): void {
    const key = keyOf(transfer);
    const id = this.#send({
      type: 'share.control',
      to: `device:${transfer.machine}`,
      payload: { action, transfer_id: transfer.transfer_id },
    });
    if (id === null) return;
    this.#sent.set(id, key);
    this.state.update((state) => ({ ...state, busy: new Set([...state.busy, key]) }));
    this.#within(key, () => {
      this.#rest(key);
    });
  }

  end(): void {
    for (const cancel of this.#timers.values()) cancel();
    this.#timers.clear();
  }

  #ask(machine: string): void {
    this.#mark(machine, 'asked');
    this.#send({ type: 'share.control', to: `device:${machine}`, payload: { action: 'list' } });
    this.#within(machine, () => {
      if (this.state.get().machines.get(machine) === 'asked') this.#mark(machine, 'silent');
    });
  }

  #presence(change: EventOf<'presence.changed'>['payload']): void {
    if (change.user_id !== this.#userId || change.kind !== 'agent' || change.device_id === null)
      return;
    if (change.online) this.#ask(change.device_id);
    else if (this.state.get().machines.has(change.device_id)) this.#mark(change.device_id, 'gone');
  }

  #listed(event: EventOf<'share.listed'>): void {
    const machine = machineOf(event);
    if (machine === null) return;
    const listed = event.payload.transfers.map((report) => ({ ...report, machine }));
    this.#mark(machine, 'known');
    this.#noteAsked(listed);
    this.state.update((state) => ({
      ...state,
      transfers: newestFirst([
        ...state.transfers.filter((it) => it.machine !== machine),
        ...listed,
      ]),
      busy: new Set([...state.busy].filter((key) => !key.startsWith(`${machine}/`))),
    }));
  }

  #told(event: ServerEvent & { readonly payload: TransferReport }): void {
    const machine = machineOf(event);
    if (machine === null) return;
    const transfer: Transfer = { ...event.payload, machine };
    const key = keyOf(transfer);
    this.#noteAsked([transfer]);
    const unknown = transfer.error?.code === 'not_found' && transfer.name === '';
    this.state.update((state) => {
      const others = state.transfers.filter((it) => keyOf(it) !== key);
      if (unknown) return { ...state, transfers: others };
      if (others.length === state.transfers.length)
        return { ...state, transfers: newestFirst([transfer, ...others]) };
      return {
        ...state,
        transfers: state.transfers.map((it) => (keyOf(it) === key ? transfer : it)),
      };
    });
    this.#rest(key);
    if (transfer.refused) {
      const { code, message } = transfer.refused;
      this.#notices.failed(new ApiError(code, { message }));
    }
  }

  /** Before the state has them. */
  #noteAsked(told: readonly Transfer[]): void {
    const known = this.state.get().transfers.filter((it) => placeOf(it) === 'asked');
    const keys = new Set(known.map(keyOf));
    for (const transfer of told)
      if (placeOf(transfer) === 'asked' && !keys.has(keyOf(transfer))) this.#asked(transfer);
  }

  #forget(machine: string): void {
    this.state.update((state) => {
      const machines = new Map(state.machines);
      machines.delete(machine);
      return {
        ...state,
        machines,
        transfers: state.transfers.filter((it) => it.machine !== machine),
      };
    });
  }

  #mark(machine: string, as: MachineState): void {
    this.state.update((state) => ({
      ...state,
      machines: new Map([...state.machines, [machine, as]]),
    }));
  }

  #rest(key: string): void {
    this.state.update((state) => {
      if (!state.busy.has(key)) return state;
      return { ...state, busy: new Set([...state.busy].filter((it) => it !== key)) };
    });
  }

  #within(what: string, then: () => void): void {
    this.#timers.get(what)?.();
    this.#timers.set(what, this.#clock.after(answerWithinMilliseconds, then));
  }
}

/** The server vouches for `from`. */
function machineOf(event: ServerEvent): string | null {
  const prefix = 'device:';
  return event.from?.startsWith(prefix) === true ? event.from.slice(prefix.length) : null;
}
