/**
 * What the page and the worker that talks to machines tell each other. The worker has the connections, the key and the
 * files; the page has the server: sessions are asked for and renewed over its link.
 */
import type { P2pSession } from './shapes';

/** A File, as far as the page's model looks at it. */
export interface ChosenFile {
  readonly name: string;
  readonly size: number;
  readonly lastModified: number;
}

export type ToWorker =
  /** Once, first: whose key signs. */
  | { readonly type: 'begin'; readonly user: string }
  | {
      readonly type: 'send';
      readonly id: string;
      readonly machine: string;
      readonly file: ChosenFile;
    }
  | { readonly type: 'pause' | 'resume' | 'cancel'; readonly id: string }
  | { readonly type: 'check'; readonly machine: string }
  /** The machine's new key is the right one; it is remembered at the next meeting. */
  | { readonly type: 'trust'; readonly machine: string }
  | { readonly type: 'session'; readonly ask: number; readonly session: P2pSession }
  | { readonly type: 'no_session'; readonly ask: number; readonly code: string }
  | { readonly type: 'renewed'; readonly session: string; readonly token: string };

export type FromWorker =
  | { readonly type: 'ask_session'; readonly ask: number; readonly machine: string }
  | { readonly type: 'renew' | 'close'; readonly session: string }
  | { readonly type: 'told'; readonly id: string; readonly report: SendReport }
  | { readonly type: 'checked'; readonly machine: string; readonly report: CheckReport };

export interface Trouble {
  readonly code: string;
  /** English, for those who want to know more. */
  readonly detail: string;
}

/**
 * `permission`: the browser may be asking the person. `waiting`: the machine's owner decides. `comparing`: it has some of
 * the file already. `retrying`: at `retryAt` (milliseconds since 1970).
 */
export type SendState =
  | 'queued'
  | 'connecting'
  | 'permission'
  | 'waiting'
  | 'comparing'
  | 'running'
  | 'paused'
  | 'retrying'
  | 'done'
  | 'failed';

/** `offset`: bytes handed over; `before`: how many of them were there already; `rate`: bytes per second. */
export interface SendReport {
  readonly state: SendState;
  readonly offset: number;
  readonly before: number;
  readonly rate: number;
  /** Milliseconds in which bytes moved. */
  readonly milliseconds: number;
  /** Round trip in milliseconds, once it was measured. */
  readonly roundTrip: number | null;
  readonly retryAt: number | null;
  readonly error: Trouble | null;
  readonly hash: string | null;
  /** The name under which the machine kept it. */
  readonly stored: string | null;
}

/** A file that has only just been chosen. */
export const chosen: SendReport = {
  state: 'queued',
  offset: 0,
  before: 0,
  rate: 0,
  milliseconds: 0,
  roundTrip: null,
  retryAt: null,
  error: null,
  hash: null,
  stored: null,
};

/** `address`: host and port that answered. `roundTrips`: milliseconds, the shortest first. */
export interface CheckReport {
  readonly state: 'connecting' | 'permission' | 'done' | 'failed';
  readonly address: string | null;
  readonly roundTrips: readonly number[];
  readonly error: Trouble | null;
}

export interface DirectPort {
  /** False where the browser cannot do it at all; `insecure`: it could if the page came over https. */
  readonly ability: 'able' | 'unsupported' | 'insecure';
  post(message: ToWorker): void;
  /** Replaces the listener. */
  listen(heard: (message: FromWorker) => void): void;
  end(): void;
}
