/** What the page and the worker tell each other about a terminal of another machine that is looked at. */
import type { Path, Trouble } from './direct';

/** Where it is: `room` is the room it is shared with, null for one's own machine or a terminal shared with oneself. */
export interface TerminalPlace {
  readonly machine: string;
  readonly name: string;
  readonly room: string | null;
}

export interface TerminalSize {
  readonly cols: number;
  readonly rows: number;
}

export type TerminalToWorker =
  | { readonly type: 'watch'; readonly id: string; readonly place: TerminalPlace }
  /** At once instead of after the wait, or once more after a failure. */
  | { readonly type: 'watch_again'; readonly id: string }
  | { readonly type: 'unwatch'; readonly id: string }
  /** Typed; nothing of it is sent without the keyboard. */
  | { readonly type: 'keys'; readonly id: string; readonly bytes: Uint8Array }
  | { readonly type: 'suggest'; readonly id: string; readonly text: string }
  | ({ readonly type: 'ask_size'; readonly id: string } & TerminalSize)
  /** Whether the sharer is being asked for the keyboard. */
  | { readonly type: 'asks'; readonly id: string; readonly on: boolean }
  /** So many bytes of output are on the screen: more may come. */
  | { readonly type: 'drawn'; readonly id: string; readonly count: number };

export type TerminalFromWorker =
  | { readonly type: 'terminal'; readonly id: string; readonly report: TerminalReport }
  /** Output in its order; `snapshot`: it brings everything anew. */
  | {
      readonly type: 'output';
      readonly id: string;
      readonly snapshot: boolean;
      readonly bytes: Uint8Array;
    };

/** `permission`: the browser may be asking. `retrying`: at `retryAt`. `ended`: the shell, see `exit`. `failed`: for good. */
export type TerminalPhase = 'connecting' | 'permission' | 'open' | 'retrying' | 'ended' | 'failed';

export interface TerminalReport {
  readonly phase: TerminalPhase;
  /** Of the stream; the keyboard is asked for and given back by it. */
  readonly session: string | null;
  /** The size that rules; 0 before it is known. */
  readonly cols: number;
  readonly rows: number;
  /** The sharer is asked for it, and has not answered. */
  readonly asked: TerminalSize | null;
  /** The keyboard may be asked for. */
  readonly mayControl: boolean;
  /** Names of people. */
  readonly watching: readonly string[];
  /** Who has the keyboard beside the sharer. */
  readonly controller: string | null;
  /** Of the lease, while this page has the keyboard. */
  readonly epoch: number | null;
  readonly hidden: boolean;
  /** The sharer keeps what is seen and typed. */
  readonly recorded: boolean;
  /** Milliseconds there and back through the stream itself. */
  readonly roundTrip: number | null;
  /** Host and port that answered; empty when it is relayed. */
  readonly address: string | null;
  readonly path: Path | null;
  readonly retryAt: number | null;
  readonly exit: { readonly code: number | null; readonly signal: number | null } | null;
  readonly error: Trouble | null;
}

export const unseen: TerminalReport = {
  phase: 'connecting',
  session: null,
  cols: 0,
  rows: 0,
  asked: null,
  mayControl: false,
  watching: [],
  controller: null,
  epoch: null,
  hidden: false,
  recorded: false,
  roundTrip: null,
  address: null,
  path: null,
  retryAt: null,
  exit: null,
  error: null,
};
