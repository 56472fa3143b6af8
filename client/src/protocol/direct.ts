/**
 * What the page and the worker that talks to machines tell each other. The worker has the connections, the key and the
 * files; the page has the server: sessions are asked for and renewed over its link.
 */
import type { P2pSession, RelayPlace } from './shapes';
import type { TerminalFromWorker, TerminalToWorker } from './terminal';

/** A File, as far as the page's model looks at it. */
export interface ChosenFile {
  readonly name: string;
  readonly size: number;
  readonly lastModified: number;
}

/** A folder as a browser hands it out. Paths are those below it, parts joined by '/'. */
export interface ChosenFolder {
  readonly name: string;
  readonly files: readonly { readonly path: string; readonly file: ChosenFile }[];
  /** At least those that hold nothing. */
  readonly folders: readonly string[];
}

/** A file of a machine: one that it offers to this browser (`offer`), or one at a path that it lets this browser fetch. */
export interface RemoteFile {
  readonly offer: string | null;
  readonly path: string;
}

/** Where a file is to be kept, as its person chose it; the browser's own object. */
export interface ChosenPlace {
  readonly name: string;
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
  | {
      readonly type: 'send_folder';
      readonly id: string;
      readonly machine: string;
      readonly folder: ChosenFolder;
    }
  /** `place`: null for a download of the browser. */
  | {
      readonly type: 'take';
      readonly id: string;
      readonly machine: string;
      readonly file: RemoteFile;
      readonly place: ChosenPlace | null;
    }
  | { readonly type: 'pause' | 'resume' | 'cancel'; readonly id: string }
  | { readonly type: 'check'; readonly machine: string }
  /** The machine's new key is the right one; it is remembered at the next meeting. */
  | { readonly type: 'trust'; readonly machine: string }
  | { readonly type: 'session'; readonly ask: number; readonly session: P2pSession }
  | { readonly type: 'no_session'; readonly ask: number; readonly code: string }
  | { readonly type: 'relay'; readonly ask: number; readonly place: RelayPlace }
  | { readonly type: 'no_relay'; readonly ask: number; readonly code: string }
  | { readonly type: 'renewed'; readonly session: string; readonly token: string }
  | TerminalToWorker;

export type FromWorker =
  | {
      readonly type: 'ask_session';
      readonly ask: number;
      readonly machine: string;
      readonly purpose: Purpose;
      /** Whose rules count; null when the two devices say enough. */
      readonly room: string | null;
    }
  | { readonly type: 'ask_relay'; readonly ask: number; readonly session: string }
  | { readonly type: 'renew' | 'close'; readonly session: string }
  | { readonly type: 'told'; readonly id: string; readonly report: FileReport }
  | { readonly type: 'checked'; readonly machine: string; readonly report: CheckReport }
  | TerminalFromWorker;

/** Out of this page to a machine, or into this browser. */
export type Way = 'out' | 'in';

/** What a session is for: files one way, or to see a terminal. */
export type Purpose = Way | 'terminal';

/** `relayed`: through the server, which cannot read it. */
export type Path = 'direct' | 'relayed';

export interface Trouble {
  readonly code: string;
  /** English, for those who want to know more. */
  readonly detail: string;
}

/**
 * `permission`: the browser may be asking the person. `waiting`: the machine's owner decides. `comparing`: it has some of
 * the file already. `retrying`: at `retryAt` (milliseconds since 1970).
 */
export type FileState =
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

/** `offset`: bytes handed over, or kept; `before`: how many of them were there already; `rate`: bytes per second. */
export interface FileReport {
  readonly state: FileState;
  readonly offset: number;
  readonly before: number;
  readonly rate: number;
  /** Milliseconds in which bytes moved. */
  readonly milliseconds: number;
  /** Round trip in milliseconds, once it was measured. */
  readonly roundTrip: number | null;
  /** How the bytes travel, or travelled last. */
  readonly path: Path | null;
  readonly retryAt: number | null;
  readonly error: Trouble | null;
  readonly hash: string | null;
  /** The name under which the machine, or this browser, kept it. */
  readonly stored: string | null;
  /** Files of a folder that could not be sent as they were listed. */
  readonly omitted: number;
  /** Of a file that comes: what its machine says of it, once it does. */
  readonly told: { readonly name: string; readonly size: number } | null;
}

/** A file that has only just been chosen. */
export const chosen: FileReport = {
  state: 'queued',
  offset: 0,
  before: 0,
  rate: 0,
  milliseconds: 0,
  roundTrip: null,
  path: null,
  retryAt: null,
  error: null,
  hash: null,
  stored: null,
  omitted: 0,
  told: null,
};

/** `address`: host and port that answered, of the machine or of the server in between. `roundTrips`: milliseconds, the shortest first. */
export interface CheckReport {
  readonly state: 'connecting' | 'permission' | 'done' | 'failed';
  readonly address: string | null;
  readonly path: Path | null;
  readonly roundTrips: readonly number[];
  readonly error: Trouble | null;
}

/**
 * What a browser can do with machines. `relayed`: reach them through the server only. `unsupported`: nothing; `insecure`:
 * nothing, but it could if the page came over https.
 */
export type Ability = 'able' | 'relayed' | 'unsupported' | 'insecure';

export interface DirectPort {
  readonly ability: Ability;
  post(message: ToWorker): void;
  /** Replaces the listener. */
  listen(heard: (message: FromWorker) => void): void;
  /** Lets the person choose where a file is kept; null when they do not. Undefined where the browser cannot. */
  readonly choosePlace: ((name: string) => Promise<ChosenPlace | null>) | undefined;
  end(): void;
}
