/** The JSON messages of the data plane that a page sends and hears (contract, section 6). */
import {
  flag,
  list,
  maybe,
  object,
  oneOf,
  ShapeError,
  text,
  whole,
  type Read,
} from '../protocol/shape';
import { BadFrame } from './frame';

/** A measure of a terminal; what is beyond that no machine shares. */
const cellsMax = 1000;
const cells: Read<number> = (value, path) => {
  const count = whole(value, path);
  if (count < 1 || count > cellsMax) throw new ShapeError(path, 'the size of a terminal');
  return count;
};

const readers = {
  P2P_CHALLENGE: object({ nonce: text, cert_sha256: text }),
  P2P_OK: object({ session_id: text, version: whole }),
  P2P_DENY: object({ session_id: maybe(text), code: text, message: text }),
  SESSION_RENEW: object({ session_id: text, token: text }),
  FILE_META: object({ transfer_id: text, name: text, size: whole, mtime: whole, mode: whole }),
  FILE_DONE: object({ hash: text, size: whole }),
  FILE_ACCEPT: object({ offset: whole, blocks: maybe(list(text)), block_bytes: maybe(whole) }),
  FILE_REJECT: object({ code: text, message: text }),
  FILE_WANT_HASH: object({ length: whole }),
  FILE_PROGRESS: object({ offset: whole }),
  FOLDER_ACCEPT: object({
    last: flag,
    kept: list(object({ entry: whole, offset: whole, block_bytes: whole, blocks: list(text) })),
  }),
  FOLDER_RESULT: object({
    ok: flag,
    hash: maybe(text),
    code: maybe(text),
    message: maybe(text),
    name: maybe(text),
  }),
  FILE_RESULT: object({
    ok: flag,
    hash: maybe(text),
    code: maybe(text),
    message: maybe(text),
    name: maybe(text),
  }),
  TERM_OPEN: object({ name: text, cols: cells, rows: cells, control: flag }),
  TERM_STATE: object({
    watching: list(text),
    controller: maybe(text),
    epoch: maybe(whole),
    hidden: flag,
    recorded: maybe(flag),
    asked: maybe(object({ cols: cells, rows: cells })),
  }),
  TERM_ALIVE: object({ sent: whole }),
  TERM_REFUSED: object({ code: text, message: text }),
  TERM_RESIZE: object({ cols: cells, rows: cells }),
  TERM_EXIT: object({ code: maybe(whole), signal: maybe(whole) }),
} as const;

type Readers = typeof readers;
export type MessageType = keyof Readers;
export type Message = {
  readonly [K in MessageType]: { readonly type: K } & ReturnType<Readers[K]>;
}[MessageType];
export type MessageOf<K extends MessageType> = Extract<Message, { readonly type: K }>;

const head = object({
  type: oneOf(...(Object.keys(readers) as MessageType[])),
});

/** Throws BadFrame for what is no message of ours. */
export function parseMessage(json: string): Message {
  try {
    const value: unknown = JSON.parse(json);
    const { type } = head(value, '');
    return { type, ...readers[type](value, '') } as Message;
  } catch (thrown) {
    throw new BadFrame(thrown instanceof ShapeError ? thrown.message : 'not JSON');
  }
}

/** `mtime`: Unix milliseconds. `mode`: POSIX permission bits. */
export interface FileMeta {
  readonly type: 'FILE_META';
  readonly transfer_id: string;
  readonly name: string;
  readonly size: number;
  readonly hash: string | null;
  readonly mtime: number;
  readonly mode: number;
}

export interface FileDone {
  readonly type: 'FILE_DONE';
  readonly hash: string;
  readonly size: number;
}
