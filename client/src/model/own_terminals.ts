/** What one's own machines share: who looks, who asks for a keyboard, and what this person wants of it. */
import { ApiError } from '../protocol/api_error';
import type { Command, TerminalWish } from '../protocol/command';
import type { EventOf, ServerEvent, Welcome } from '../protocol/event';
import type { ManagedTerminal } from '../protocol/shapes';
import type { Notices } from './notices';
import { Store } from './store';

/** `machine`: the own agent that shares it. */
export interface OwnTerminal extends ManagedTerminal {
  readonly machine: string;
}

export function keyOfOwn(terminal: OwnTerminal): string {
  return `${terminal.machine}/${terminal.name}`;
}

/** People who wait for an answer. */
export function askers(terminals: readonly OwnTerminal[]): number {
  return terminals.reduce((sum, { asked }) => sum + asked.length, 0);
}

export class OwnTerminalsModel {
  readonly state = new Store<readonly OwnTerminal[]>([]);
  readonly #send: (command: Command) => string | null;
  readonly #notices: Notices;
  readonly #userId: string;
  readonly #asked: (terminal: OwnTerminal, person: string) => void;
  /** Ids of events, and whether a person wants to hear that they came to nothing. */
  readonly #sent = new Map<string, boolean>();

  /** `asked`: somebody has begun to ask for a keyboard. */
  constructor(
    send: (command: Command) => string | null,
    notices: Notices,
    userId: string,
    asked: (terminal: OwnTerminal, person: string) => void = () => undefined,
  ) {
    this.#send = send;
    this.#notices = notices;
    this.#userId = userId;
    this.#asked = asked;
  }

  welcomed(welcome: Welcome): void {
    this.#sent.clear();
    this.state.set([]);
    const own = welcome.presence.find((it) => it.user_id === this.#userId)?.devices ?? [];
    for (const { kind, device_id } of own)
      if (kind === 'agent' && device_id !== null) this.#ask(device_id);
  }

  received(event: ServerEvent): void {
    switch (event.type) {
      case 'presence.changed':
        this.#presence(event.payload);
        break;
      case 'terminal.shared':
        // The machine itself says the rest.
        if (event.payload.user_id === this.#userId && !event.payload.ended)
          this.#ask(event.payload.device_id);
        break;
      case 'terminal.managed':
        this.#managed(event);
        break;
      case 'device.revoked':
        this.#forget(event.payload.device_id);
        break;
      default:
    }
  }

  wish(terminal: OwnTerminal, wish: TerminalWish): void {
    const { machine, name } = terminal;
    this.#say(machine, { ...wish, name });
  }

  /** True when the error answers this page. */
  refused(event: EventOf<'system.error'>): boolean {
    const { reply_to, payload } = event;
    const wished = reply_to === null ? undefined : this.#sent.get(reply_to);
    if (reply_to === null || wished === undefined) return false;
    this.#sent.delete(reply_to);
    if (wished) this.#notices.failed(new ApiError(payload.code, { message: payload.message }));
    return true;
  }

  #presence({ user_id, kind, device_id, online }: EventOf<'presence.changed'>['payload']): void {
    if (user_id !== this.#userId || kind !== 'agent' || device_id === null) return;
    if (online) this.#ask(device_id);
    else this.#forget(device_id);
  }

  #managed({ from, payload }: EventOf<'terminal.managed'>): void {
    const prefix = 'device:';
    if (from?.startsWith(prefix) !== true) return;
    const machine = from.slice(prefix.length);
    const told = payload.terminals.map((it) => ({ ...it, machine }));
    const before = this.state.get();
    this.state.update((all) => [...all.filter((it) => it.machine !== machine), ...told]);
    for (const terminal of told) {
      const known = before.find((it) => keyOfOwn(it) === keyOfOwn(terminal))?.asked ?? [];
      for (const person of terminal.asked)
        if (!known.includes(person)) this.#asked(terminal, person);
    }
    if (payload.refused !== null) this.#notices.failed(new ApiError(payload.refused));
  }

  #forget(machine: string): void {
    this.state.update((all) => all.filter((it) => it.machine !== machine));
  }

  #ask(machine: string): void {
    this.#say(machine, { action: 'list' });
  }

  #say(machine: string, payload: { action: 'list' } | (TerminalWish & { name: string })): void {
    const id = this.#send({ type: 'terminal.manage', to: `device:${machine}`, payload });
    if (id !== null) this.#sent.set(id, payload.action !== 'list');
  }
}
