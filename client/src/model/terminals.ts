/** The terminals that this person may look at, and those that are on the screen. */
import type { Command } from '../protocol/command';
import type { EventOf, ServerEvent } from '../protocol/event';
import type { Clock, Random, Storage } from '../protocol/ports';
import type { Rest } from '../protocol/rest';
import type { SharedTerminal } from '../protocol/shapes';
import type { TerminalFromWorker, TerminalPlace, TerminalToWorker } from '../protocol/terminal';
import { Resource } from './resource';
import { Store } from './store';
import { Terminal } from './terminal';

export interface TerminalsNeeds {
  readonly rest: Rest;
  readonly clock: Clock;
  readonly random: Random;
  readonly storage: Storage;
  readonly send: (command: Command) => string | null;
  /** A way to the worker; its answers come to `heard`. */
  readonly worker: (
    heard: (message: TerminalFromWorker) => void,
  ) => (message: TerminalToWorker) => void;
}

/** `fit`: the text is as large as lets all of it be seen; otherwise of `fontPixels`, and the rest is scrolled to. */
export interface TerminalLook {
  readonly fit: boolean;
  readonly fontPixels: number;
  readonly screenReader: boolean;
}

export const fontPixels = { least: 6, usual: 14, most: 32 } as const;
const lookKey = 'mesh.terminal.look';

export class TerminalsModel {
  readonly list: Resource<readonly SharedTerminal[]>;
  readonly look: Store<TerminalLook>;
  readonly #needs: TerminalsNeeds;
  readonly #userId: string;
  readonly #post: (message: TerminalToWorker) => void;
  /** The one on the screen. */
  readonly shown = new Store<Terminal | null>(null);

  constructor(needs: TerminalsNeeds, userId: string) {
    this.#needs = needs;
    this.#userId = userId;
    this.list = new Resource(async () => (await needs.rest.terminals()).terminals);
    this.look = new Store(readLook(needs.storage.get(lookKey)));
    this.#post = needs.worker((message) => {
      const terminal = this.shown.get();
      if (terminal?.id === message.id) terminal.heard(message);
    });
  }

  /** Begins to look; whatever was on the screen is not looked at any longer. */
  show(place: TerminalPlace): void {
    this.hide();
    const { random, clock, send } = this.#needs;
    const needs = { clock, send, post: this.#post, userId: this.#userId };
    this.shown.set(new Terminal(random.id(), place, needs));
  }

  hide(): void {
    this.shown.get()?.end();
    this.shown.set(null);
  }

  setLook(more: Partial<TerminalLook>): void {
    this.look.update((look) => ({ ...look, ...more }));
    this.#needs.storage.set(lookKey, JSON.stringify(this.look.get()));
  }

  /** The link is back, or the network changed: nobody waits any longer. */
  welcomed(): void {
    if (this.list.state.get().status !== 'idle') void this.list.load();
    this.#again();
  }

  received(event: ServerEvent): void {
    switch (event.type) {
      case 'terminal.shared':
        this.#shared(event.payload);
        break;
      case 'terminal.control.granted':
      case 'terminal.control.denied':
      case 'terminal.control.revoked':
        this.shown.get()?.control(event);
        break;
      case 'room.joined':
      case 'room.updated':
      case 'room.left':
      case 'room.deleted':
        if (this.list.state.get().status !== 'idle') void this.list.load();
        break;
      default:
    }
  }

  /** True when the error answers a wish of this page. */
  refused(event: EventOf<'system.error'>): boolean {
    return this.shown.get()?.refused(event.reply_to, event.payload.code) ?? false;
  }

  end(): void {
    this.hide();
  }

  #again(): void {
    const terminal = this.shown.get();
    const { phase } = terminal?.state.get().report ?? {};
    if (phase === 'retrying' || phase === 'failed') terminal?.again();
  }

  #shared(terminal: SharedTerminal): void {
    const place = this.shown.get()?.place;
    const same = place?.machine === terminal.device_id && place.name === terminal.name;
    if (same && !terminal.ended) this.#again();
    this.list.change((all) => {
      const others = all.filter((it) => !isSame(it, terminal));
      return terminal.ended ? others : [...others, terminal];
    });
  }
}

export function isSame(one: SharedTerminal, other: SharedTerminal): boolean {
  return one.device_id === other.device_id && one.name === other.name;
}

function readLook(stored: string | null): TerminalLook {
  const usual = { fit: true, fontPixels: fontPixels.usual, screenReader: false };
  try {
    const known = JSON.parse(stored ?? '{}') as Partial<TerminalLook>;
    const size = Number(known.fontPixels ?? usual.fontPixels);
    return {
      fit: known.fit !== false,
      fontPixels: Math.min(fontPixels.most, Math.max(fontPixels.least, size || usual.fontPixels)),
      screenReader: known.screenReader === true,
    };
  } catch {
    return usual;
  }
}
