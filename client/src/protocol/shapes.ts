/** The nouns of the wire, named as the server names them. Times are RFC 3339 text in UTC. */
import { amount, flag, list, maybe, object, oneOf, text, whole } from './shape';

export const role = oneOf('owner', 'member', 'guest');
export type Role = ReturnType<typeof role>;

export const deviceKind = oneOf('agent', 'browser', 'api');
export type DeviceKind = ReturnType<typeof deviceKind>;

/** `guest`: no account, only this visit to one room. */
export const user = object({
  id: text,
  username: text,
  created_at: text,
  has_password: flag,
  guest: maybe(flag),
});
export type User = ReturnType<typeof user>;

export const member = object({ user_id: text, username: text, role, online: flag });
export type Member = ReturnType<typeof member>;

/**
 * `kind`: "direct" is a conversation of two, under the other person's name. `last_seq`: number of the newest
 * message, 0 in a room where nothing was said. `locked`: nobody can enter. `waiting`: guests at the door, told to
 * those who may let them in.
 */
export const room = object({
  id: text,
  name: text,
  kind: maybe(text),
  role,
  created_at: text,
  last_seq: whole,
  members: list(member),
  locked: maybe(flag),
  waiting: maybe(list(object({ user_id: text, username: text, since: text }))),
});
export type Room = ReturnType<typeof room>;

export const message = object({
  id: text,
  room_id: text,
  seq: whole,
  user_id: text,
  username: text,
  text,
  client_id: maybe(text),
  created_at: text,
});
export type Message = ReturnType<typeof message>;

/** `key_sha256`: lower-case hex over the SubjectPublicKeyInfo of the device's key. */
export const device = object({
  device_id: text,
  user_id: text,
  username: text,
  kind: deviceKind,
  name: text,
  key_sha256: maybe(text),
  online: flag,
  last_seen_at: maybe(text),
  created_at: text,
  own: flag,
});
export type Device = ReturnType<typeof device>;

export const invitation = object({
  id: text,
  code: maybe(text),
  url: maybe(text),
  role,
  expires_at: text,
  uses_left: whole,
  created_at: text,
});
export type Invitation = ReturnType<typeof invitation>;

/** What a person who holds an invitation link may know before joining. */
export const invitationPreview = object({
  room_name: text,
  invited_by: text,
  role,
  expires_at: text,
});
export type InvitationPreview = ReturnType<typeof invitationPreview>;

/** What a token may contain (contract, section 5), in the order a person meets them. */
export const capabilities = [
  'call',
  'screen',
  'share:file',
  'share:folder',
  'terminal:view',
  'terminal:control',
  'sync',
  'tunnel',
] as const;
export type Capability = (typeof capabilities)[number];
/** Role x capability; words of a newer server are kept, so that saving does not lose them. */
export const grid = object({ owner: list(text), member: list(text), guest: list(text) });
export type Grid = ReturnType<typeof grid>;

/** What a lost device could read until it was revoked. */
export const lostDevice = object({
  device_id: text,
  name: text,
  last_seen_at: maybe(text),
  last_ip: maybe(text),
  revoked_at: text,
  logins_ended: whole,
  sessions_ended: whole,
  rooms: list(object({ room_id: text, name: text, kind: text, last_seq: whole })),
});
export type LostDevice = ReturnType<typeof lostDevice>;

export const login = object({
  id: text,
  kind: oneOf('browser', 'agent', 'api'),
  device_id: maybe(text),
  user_agent: maybe(text),
  ip: maybe(text),
  created_at: text,
  last_seen_at: maybe(text),
  current: flag,
});
export type Login = ReturnType<typeof login>;

/** A machine that asks to be signed in with a code: what its owner must see before approving. */
export const pendingDevice = object({
  device_id: text,
  name: maybe(text),
  kind: deviceKind,
  key_sha256: text,
  ip: maybe(text),
  created_at: text,
});
export type PendingDevice = ReturnType<typeof pendingDevice>;

export const enrollCode = object({ code: text, expires_at: text });
export type EnrollCode = ReturnType<typeof enrollCode>;

export const serverInfo = object({
  name: text,
  version: text,
  registration: oneOf('open', 'invitation'),
});
export type ServerInfo = ReturnType<typeof serverInfo>;

export const history = object({ messages: list(message), has_more: flag });
export type History = ReturnType<typeof history>;

/**
 * How a page reaches a machine by itself. `cert_sha256`: hex, of the certificate in use and the next; `signature`: over
 * them by the machine's key, `public_key` (base64url of its SubjectPublicKeyInfo).
 */
export const directEndpoint = object({
  urls: list(text),
  cert_sha256: list(text),
  signature: text,
  public_key: text,
});
export type DirectEndpoint = ReturnType<typeof directEndpoint>;

/** Where a device may be reached. */
export const endpoint = object({ ip: text, port: whole, webtransport: maybe(directEndpoint) });
export const endpoints = object({ initiator: maybe(endpoint), target: maybe(endpoint) });

/** What the server answers to the wish for a session between two devices. */
export const p2pSession = object({
  session_id: text,
  session_token: text,
  expires_at: text,
  endpoints,
});
export type P2pSession = ReturnType<typeof p2pSession>;

/** A place at the server's relay. `public_key`: base64url of the machine's SubjectPublicKeyInfo. */
export const relayPlace = object({
  session_id: text,
  ticket: text,
  expires_at: text,
  public_key: text,
});
export type RelayPlace = ReturnType<typeof relayPlace>;

export const candidate = object({ ip: text, port: whole, type: text });
export type Candidate = ReturnType<typeof candidate>;

const reason = object({ code: text, message: text });
/** `current`: the path of the file that moves now; `omitted`: left out; `renamed`: called otherwise at the receiver. */
const folder = object({
  files: whole,
  files_done: whole,
  current: maybe(text),
  omitted: whole,
  renamed: whole,
  incomplete: flag,
});

/**
 * A transfer as one's own agent tells it. `offset`: bytes done; `before`: how many of them were there already; `rate`:
 * bytes per second; `device_id`, `username`: the other side; `refused`: why the last wish about it was not obeyed.
 */
export const transfer = object({
  transfer_id: text,
  direction: oneOf('in', 'out'),
  state: oneOf('queued', 'waiting', 'running', 'paused', 'done', 'failed'),
  name: text,
  size: whole,
  offset: whole,
  before: whole,
  resent: whole,
  rate: whole,
  seconds: amount,
  eta_seconds: maybe(whole),
  started_at: text,
  device_id: text,
  username: text,
  hash: maybe(text),
  stored: maybe(text),
  error: maybe(reason),
  refused: maybe(reason),
  folder: maybe(folder),
});
export type TransferReport = ReturnType<typeof transfer>;

/** A terminal that may be looked at: `device_id`, `user_id`, `username` of its sharer. `room_id`: whose people may look; of them `to_user_id` alone. */
export const sharedTerminal = object({
  device_id: text,
  user_id: text,
  username: text,
  name: text,
  cols: whole,
  rows: whole,
  room_id: maybe(text),
  ended: flag,
  to_user_id: maybe(text),
});
export type SharedTerminal = ReturnType<typeof sharedTerminal>;

/** A terminal as its own machine tells it: names of people who look, who ask for the keyboard, who has it, who asks for a size. */
export const managedTerminal = object({
  name: text,
  cols: whole,
  rows: whole,
  hidden: flag,
  watching: list(text),
  asked: list(text),
  controller: maybe(text),
  sizes: maybe(list(object({ viewer: text, cols: whole, rows: whole }))),
});
export type ManagedTerminal = ReturnType<typeof managedTerminal>;
