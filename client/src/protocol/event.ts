/** Every event the server may send, read once at the edge into a discriminated union (contract, section 4). */
import {
  candidate,
  device,
  deviceKind,
  endpoints,
  managedTerminal,
  message,
  room,
  sharedTerminal,
  transfer,
  user,
  type Device,
  type Message,
  type Room,
  type User,
} from './shapes';
import {
  fields,
  flag,
  list,
  maybe,
  object,
  oneOf,
  ShapeError,
  text,
  whole,
  type Fields,
} from './shape';

const welcome = object({
  user,
  device_id: maybe(text),
  server: object({ name: text, version: text, time: text }),
  rooms: list(room),
  presence: list(
    object({
      user_id: text,
      username: text,
      devices: list(
        object({
          device_id: maybe(text),
          kind: deviceKind,
          status: maybe(text),
          activity: maybe(text),
        }),
      ),
    }),
  ),
  seq: whole,
  heartbeat_seconds: whole,
  limits: object({ chat_text_bytes: whole, message_bytes: whole }),
});
export type Welcome = ReturnType<typeof welcome>;

const refusal = object({ code: text, message: text, field: maybe(text) });
export type Refusal = ReturnType<typeof refusal>;

const newcomer = object({ room_id: text, user_id: text, username: text });
const joined = (payload: unknown, path: string) => {
  const from = fields(payload, path);
  return from.room === undefined
    ? { room: null, newcomer: newcomer(from, path) }
    : { room: room(from.room, `${path}.room`), newcomer: null };
};

const left = object({ room_id: text, user_id: text, username: text, reason: text });
const presence = object({
  user_id: text,
  username: text,
  device_id: maybe(text),
  kind: deviceKind,
  online: flag,
  status: maybe(text),
  activity: maybe(text),
});
export type PresenceChange = ReturnType<typeof presence>;
const typing = object({ room_id: text, user_id: text, username: text });
export type Typing = ReturnType<typeof typing>;

const p2pCreated = object({
  session_id: text,
  session_token: text,
  expires_at: text,
  endpoints,
  kind: text,
  room_id: maybe(text),
  role: oneOf('initiator', 'target'),
  peer: object({ user_id: text, username: text, device_id: text, key_sha256: text }),
  candidates: list(candidate),
});
const p2pRenewed = object({ session_id: text, session_token: text, expires_at: text });
const p2pRevoked = object({ session_id: text, reason: text });
const p2pCandidates = object({
  session_id: maybe(text),
  candidates: list(candidate),
  gen: whole,
});

const terminalControl = object({
  session_id: text,
  user_id: text,
  epoch: maybe(whole),
  expires_at: maybe(text),
  reason: maybe(text),
});
export type TerminalControl = ReturnType<typeof terminalControl>;

/** Events that pass through the server by prefix; their bodies belong to the parts that speak them. */
const passedOn = ['rtc.', 'terminal.', 'notify.'] as const;

const readers = {
  'system.welcome': welcome,
  'system.error': refusal,
  'system.resync': object({ reason: text }),
  'room.joined': joined,
  'room.left': left,
  'room.updated': object({ room }),
  'room.deleted': object({ room_id: text }),
  'presence.changed': presence,
  'chat.message': message,
  'chat.typing': typing,
  'p2p.session.created': p2pCreated,
  'p2p.session.renewed': p2pRenewed,
  'p2p.session.revoked': p2pRevoked,
  'p2p.relay.created': object({ session_id: text, ticket: text, expires_at: text }),
  'p2p.candidates': p2pCandidates,
  'device.changed': object({ device }),
  'device.revoked': object({ device_id: text }),
  'share.offered': transfer,
  'share.accepted': transfer,
  'share.rejected': transfer,
  'share.progress': transfer,
  'share.done': transfer,
  'share.failed': transfer,
  'terminal.shared': sharedTerminal,
  'terminal.managed': object({ terminals: list(managedTerminal), refused: maybe(text) }),
  'terminal.control.granted': terminalControl,
  'terminal.control.denied': terminalControl,
  'terminal.control.revoked': terminalControl,
  'share.listed': object({ transfers: list(transfer), omitted: whole }),
} as const;

type Readers = typeof readers;
type Known = { [K in keyof Readers]: { type: K; payload: ReturnType<Readers[K]> } }[keyof Readers];

/** `passed`: forwarded from a peer; `name` is its full type. `unknown`: a newer server's event, to be left alone. */
type Other =
  | { type: 'passed'; name: string; payload: Fields }
  | { type: 'unknown'; name: string; payload: Fields };

interface Envelope {
  readonly id: string | null;
  readonly timestamp: string | null;
  readonly from: string | null;
  readonly to: string | null;
  /** Position in this person's durable log, only on durable events. */
  readonly seq: number | null;
  /** Id of the event that this one answers. */
  readonly reply_to: string | null;
}

export type ServerEvent = Envelope & Readonly<Known | Other>;
export type EventOf<T extends ServerEvent['type']> = Extract<ServerEvent, { type: T }>;

const envelope = object({
  id: maybe(text),
  timestamp: maybe(text),
  from: maybe(text),
  to: maybe(text),
  seq: maybe(whole),
  reply_to: maybe(text),
});

function isKnown(type: string): type is keyof Readers {
  return Object.hasOwn(readers, type);
}

/** Reads one event that is JSON already. Throws ShapeError, which names the part at fault. */
export function readEvent(value: unknown): ServerEvent {
  const from = fields(value, '');
  const type = text(from.type, 'type');
  const head = envelope(from, '');
  const payload = from.payload ?? {};
  if (isKnown(type)) {
    return { ...head, type, payload: readers[type](payload, 'payload') } as ServerEvent;
  }
  const kind = passedOn.some((prefix) => type.startsWith(prefix)) ? 'passed' : 'unknown';
  return { ...head, type: kind, name: type, payload: fields(payload, 'payload') };
}

/** Reads one WebSocket message. Throws ShapeError for anything that is not an event of ours. */
export function parseEvent(message: string): ServerEvent {
  let value: unknown;
  try {
    value = JSON.parse(message);
  } catch {
    throw new ShapeError('', 'JSON');
  }
  return readEvent(value);
}

export type { Device, Message, Room, User };
