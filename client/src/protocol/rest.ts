/** The REST calls of the page, each with the shape of its answer. Authentication is the browser's cookie. */
import { ApiError, errorOf } from './api_error';
import type { Http, HttpRequest } from './ports';
import { list, object, ShapeError, text, whole, type Read } from './shape';
import {
  device,
  enrollCode,
  grid,
  history,
  invitation,
  invitationPreview,
  login,
  lostDevice,
  message,
  p2pSession,
  relayPlace,
  pendingDevice,
  room,
  serverInfo,
  sharedTerminal,
  user,
  type Grid,
  type Role,
} from './shapes';

type Json = Readonly<Record<string, unknown>>;

const nothing: Read<null> = () => null;
const account = object({ user });

export interface Proof {
  readonly device_id: string;
  readonly name: string;
  readonly public_key: string;
  readonly nonce: string;
  readonly signature: string;
}

/** `expires_in`: seconds. */
export interface InvitationTerms {
  readonly role: 'member' | 'guest';
  readonly expires_in: number;
  readonly max_uses: number;
}

export class Rest {
  readonly #http: Http;

  constructor(http: Http) {
    this.#http = http;
  }

  server = () => this.#get('/server', serverInfo);

  // Who I am
  account = () => this.#get('/account', account);
  register = (username: string, password: string, invitationCode?: string) =>
    this.#post('/auth/register', account, {
      username,
      password,
      ...(invitationCode === undefined ? {} : { invitation: invitationCode }),
    });
  /** As a guest without an account, by an invitation for guests. */
  knock = (name: string, invitationCode: string) =>
    this.#post('/auth/guest', account, { name, invitation: invitationCode });
  login = (username: string, password: string) =>
    this.#post('/auth/login', account, { username, password });
  setup = (token: string, username: string, password: string) =>
    this.#post('/auth/setup', account, { token, username, password });
  logout = () => this.#post('/auth/logout', nothing, {});
  changePassword = (current: string | null, next: string) =>
    this.#post('/account/password', nothing, {
      ...(current === null ? {} : { current_password: current }),
      new_password: next,
    });
  deleteAccount = (password: string) => this.#write('DELETE', '/account', nothing, { password });
  logins = () => this.#get('/auth/sessions', object({ sessions: list(login) }));
  endLogin = (id: string) => this.#delete(`/auth/sessions/${encodeURIComponent(id)}`);

  // My devices
  challenge = () => this.#post('/auth/challenge', object({ nonce: text, expires_in: whole }), {});
  registerDevice = (proof: Proof) =>
    this.#post('/devices', object({ device }), { kind: 'browser', ...proof });
  devices = () => this.#get('/devices', object({ devices: list(device) }));
  renameDevice = (id: string, name: string) =>
    this.#patch(`/devices/${encodeURIComponent(id)}`, object({ device }), { name });
  /** `leaving`: the page is about to close and must not wait. */
  revokeDevice = (id: string, leaving = false) =>
    this.#delete(`/devices/${encodeURIComponent(id)}`, leaving);
  /** Revokes it and answers what it could read. */
  lostDevice = (id: string) =>
    this.#post(`/devices/${encodeURIComponent(id)}/lost`, lostDevice, {});
  enrollCode = () => this.#post('/devices/enroll-code', enrollCode, {});
  lookUpDevice = (code: string) =>
    this.#post('/auth/device/lookup', pendingDevice, { user_code: code });
  confirmDevice = (code: string, approve: boolean) =>
    this.#post('/auth/device/confirm', object({ device_id: text }), { user_code: code, approve });

  // Sessions between two devices
  /** `sender`: who sends the content. `room`: whose rules count; null when the two devices say enough. */
  openSession = (
    kind: string,
    target: string,
    initiator: string,
    sender: 'initiator' | 'target',
    room: string | null,
  ) =>
    this.#post('/p2p/sessions', p2pSession, {
      kind,
      target_device_id: target,
      initiator_device_id: initiator,
      sender,
      ...(room === null ? {} : { room_id: room }),
    });

  /** Those that I may look at now. */
  terminals = () => this.#get('/terminals', object({ terminals: list(sharedTerminal) }));
  /** For a machine that this page cannot reach by itself. */
  openRelay = (sessionId: string) =>
    this.#post(`/p2p/sessions/${encodeURIComponent(sessionId)}/relay`, relayPlace, {});

  // Rooms
  rooms = () => this.#get('/rooms', object({ rooms: list(room) }));
  createRoom = (name: string) => this.#post('/rooms', object({ room }), { name });
  renameRoom = (id: string, name: string) =>
    this.#patch(`/rooms/${encodeURIComponent(id)}`, object({ room }), { name });
  /** `successorId`: becomes an owner first. */
  leaveRoom = (id: string, successorId: string | null) =>
    this.#post(
      `/rooms/${encodeURIComponent(id)}/leave`,
      nothing,
      successorId === null ? {} : { successor_id: successorId },
    );
  lockRoom = (id: string, locked: boolean) =>
    this.#write('PUT', `/rooms/${encodeURIComponent(id)}/lock`, object({ room }), { locked });
  direct = (username: string) => this.#post('/direct', object({ room }), { username });
  grid = (id: string) => this.#get(`/rooms/${encodeURIComponent(id)}/grid`, object({ grid }));
  setGrid = (id: string, wanted: Grid) =>
    this.#write('PUT', `/rooms/${encodeURIComponent(id)}/grid`, object({ grid }), {
      grid: wanted,
    });
  deleteRoom = (id: string) => this.#delete(`/rooms/${encodeURIComponent(id)}`);
  letIn = (id: string, userId: string) =>
    this.#post(
      `/rooms/${encodeURIComponent(id)}/waiting/${encodeURIComponent(userId)}`,
      object({ room }),
      {},
    );
  turnAway = (id: string, userId: string) =>
    this.#delete(`/rooms/${encodeURIComponent(id)}/waiting/${encodeURIComponent(userId)}`);
  removeMember = (id: string, userId: string) =>
    this.#delete(`/rooms/${encodeURIComponent(id)}/members/${encodeURIComponent(userId)}`);
  setRole = (id: string, userId: string, role: Role) =>
    this.#patch(
      `/rooms/${encodeURIComponent(id)}/members/${encodeURIComponent(userId)}`,
      object({ room }),
      { role },
    );
  invitations = (id: string) =>
    this.#get(
      `/rooms/${encodeURIComponent(id)}/invitations`,
      object({ invitations: list(invitation) }),
    );
  withdrawInvitation = (id: string) => this.#delete(`/invitations/${encodeURIComponent(id)}`);
  invite = (id: string, terms: InvitationTerms) =>
    this.#post(`/rooms/${encodeURIComponent(id)}/invitations`, object({ invitation }), {
      ...terms,
    });
  invitation = (code: string) =>
    this.#get(`/invitations/${encodeURIComponent(code)}`, invitationPreview);
  acceptInvitation = (code: string) =>
    this.#post(`/invitations/${encodeURIComponent(code)}/accept`, object({ room }), {});

  // Messages
  newest = (roomId: string, limit: number) => this.#messages(roomId, `limit=${String(limit)}`);
  before = (roomId: string, seq: number, limit: number) =>
    this.#messages(roomId, `before=${String(seq)}&limit=${String(limit)}`);
  after = (roomId: string, seq: number, limit: number) =>
    this.#messages(roomId, `after=${String(seq)}&limit=${String(limit)}`);
  say = (roomId: string, words: string, clientId: string) =>
    this.#post(`/rooms/${encodeURIComponent(roomId)}/messages`, object({ message }), {
      text: words,
      client_id: clientId,
    });

  #messages(roomId: string, query: string) {
    return this.#get(`/rooms/${encodeURIComponent(roomId)}/messages?${query}`, history);
  }
  #get<T>(path: string, read: Read<T>) {
    return this.#ask({ method: 'GET', path: `/api${path}`, headers: {} }, read);
  }
  #post<T>(path: string, read: Read<T>, body: Json) {
    return this.#write('POST', path, read, body);
  }
  #patch<T>(path: string, read: Read<T>, body: Json) {
    return this.#write('PATCH', path, read, body);
  }
  #delete(path: string, keepalive = false) {
    return this.#ask(
      { method: 'DELETE', path: `/api${path}`, headers: { 'X-Mesh': '1' }, keepalive },
      nothing,
    );
  }
  /** Writes carry X-Mesh: a foreign page cannot set it without asking the server first. */
  #write<T>(method: 'POST' | 'PUT' | 'PATCH' | 'DELETE', path: string, read: Read<T>, body: Json) {
    const headers = { 'Content-Type': 'application/json', 'X-Mesh': '1' };
    return this.#ask({ method, path: `/api${path}`, headers, body: JSON.stringify(body) }, read);
  }

  async #ask<T>(request: HttpRequest, read: Read<T>): Promise<T> {
    let response;
    try {
      response = await this.#http(request);
    } catch {
      throw new ApiError('offline');
    }
    const { status, body } = response;
    if (status < 200 || status > 299) throw errorOf(status, body, response.header('Retry-After'));
    try {
      return read(body === '' ? null : JSON.parse(body), '');
    } catch (thrown) {
      const message = thrown instanceof ShapeError ? thrown.message : 'not JSON';
      throw new ApiError('bad_answer', { status, message: `${request.path}: ${message}` });
    }
  }
}
