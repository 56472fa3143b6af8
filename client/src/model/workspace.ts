/** Everything that lives while one person is signed in; it ends as a whole. */
import { asApiError } from '../protocol/api_error';
import type { DirectPort } from '../protocol/direct';
import type { ServerEvent, Welcome } from '../protocol/event';
import type { Clock, DeviceVault, OpenSocket, Random, Storage } from '../protocol/ports';
import type { Rest } from '../protocol/rest';
import type { Message, Room, User } from '../protocol/shapes';
import { alertFor, alertForAsk, alertForFile, type Alert, type AlertPort } from './alerts';
import { Attendance } from './attendance';
import { registerBrowser } from './browser_device';
import { ChatModel } from './chat';
import { Connection } from './connection';
import { DevicesModel } from './devices';
import { DirectModel } from './direct';
import { Drafts } from './drafts';
import { Lifetime } from './lifetime';
import type { Notices } from './notices';
import { Outbox } from './outbox';
import { OwnTerminalsModel } from './own_terminals';
import type { Preferences } from './preferences';
import { Resource } from './resource';
import * as rooms from './rooms';
import type { Session } from './session';
import { Store } from './store';
import { TerminalsModel } from './terminals';
import { TransfersModel } from './transfers';
import { TypingModel } from './typing';
import { UnreadModel } from './unread';

export interface WorldPorts {
  readonly open: OpenSocket;
  readonly clock: Clock;
  readonly random: Random;
  readonly storage: Storage;
  readonly vault: DeviceVault;
  readonly alerts: AlertPort;
  /** A way to machines for each person who signs in. */
  readonly direct: () => DirectPort;
  readonly version: string;
}

/** Answers to a hello that are about its device. */
const deviceRefusals = new Set(['forbidden', 'device_revoked', 'device_taken']);

export interface Limits {
  readonly chat_text_bytes: number;
}

export class Workspace {
  readonly user: User;
  readonly rest: Rest;
  readonly notices: Notices;
  readonly rooms = new Store<rooms.RoomsState>(rooms.noRooms);
  readonly limits = new Store<Limits>({ chat_text_bytes: 16_384 });
  /** The device id of this browser profile once it is registered. */
  readonly thisDevice = new Store<string | null>(null);
  readonly connection: Connection;
  readonly chat: ChatModel;
  readonly typing: TypingModel;
  readonly unread: UnreadModel;
  readonly devices: DevicesModel;
  readonly transfers: TransfersModel;
  readonly direct: DirectModel;
  readonly terminals: TerminalsModel;
  readonly ownTerminals: OwnTerminalsModel;
  readonly drafts: Drafts;
  readonly attendance: Attendance;
  readonly logins: Resource<Awaited<ReturnType<Rest['logins']>>['sessions']>;
  readonly #session: Session;
  readonly #preferences: Preferences;
  readonly #ports: WorldPorts;
  readonly #life = new Lifetime();
  #watched: string | null = null;
  #attentive = true;

  constructor(
    user: User,
    rest: Rest,
    session: Session,
    notices: Notices,
    preferences: Preferences,
    ports: WorldPorts,
  ) {
    this.#preferences = preferences;
    this.user = user;
    this.rest = rest;
    this.notices = notices;
    this.#session = session;
    this.#ports = ports;
    this.connection = new Connection(
      ports,
      {
        welcomed: this.#welcomed,
        received: this.#received,
        lost: () => void session.verify(),
      },
      ports.version,
    );
    const send = this.connection.send.bind(this.connection);
    const { clock, random, storage } = ports;
    const outbox = new Outbox(storage, user.id);
    this.chat = new ChatModel({ rest, clock, random, outbox, send }, user.id);
    this.typing = new TypingModel(ports.clock, (roomId) => {
      send({ type: 'chat.typing', payload: { room_id: roomId } });
    });
    this.unread = new UnreadModel(ports.storage, user.id);
    this.devices = new DevicesModel(rest, ports.clock, notices);
    this.transfers = new TransfersModel(send, clock, notices, user.id, (transfer) => {
      this.#alertOfWaiting((now) => alertForFile(transfer, now));
    });
    const self = this.thisDevice.get;
    this.direct = new DirectModel({ port: ports.direct(), rest, random, send, self }, user.id);
    const worker = this.direct.terminals.bind(this.direct);
    this.ownTerminals = new OwnTerminalsModel(send, notices, user.id, (terminal, person) => {
      this.#alertOfWaiting((now) => alertForAsk(terminal, person, now));
    });
    this.terminals = new TerminalsModel({ rest, clock, random, storage, send, worker }, user.id);
    this.logins = new Resource(async () => (await rest.logins()).sessions);
    this.drafts = new Drafts(storage, user.id);
    this.attendance = new Attendance(clock, storage, user.id);
    this.#life.own(
      this.attendance.status.subscribe(() => {
        if (this.thisDevice.get() !== null)
          send({ type: 'presence.set', payload: { status: this.attendance.status.get() } });
      }),
    );
    this.#life.own(() => {
      this.attendance.end();
      this.connection.stop();
      this.chat.end();
      this.typing.end();
      this.transfers.end();
      this.terminals.end();
      this.direct.end();
    });
  }

  /** `fresh`: the login is new and must be bound to this browser's key first. */
  async start(fresh: boolean): Promise<void> {
    await this.#becomeDevice(fresh);
    if (this.#life.ended) return;
    this.connection.start(
      this.thisDevice.get(),
      () => {
        const [room] = this.rooms.get().rooms;
        return room ? { type: 'room.join', payload: { room_id: room.id } } : null;
      },
      this.attendance.status.get,
    );
  }

  end(): void {
    this.devices.revoking.flush();
    this.#life.end();
  }

  /** The room on the screen, or null. Its messages count as read. */
  watch(roomId: string | null): void {
    this.#watched = roomId;
    if (roomId === null) return;
    this.#ports.storage.set(this.#lastRoomKey, roomId);
    const room = this.rooms.get().rooms.find((it) => it.id === roomId);
    const seen = room ? this.unread.readThrough(roomId, room.last_seq) : 0;
    const unreadAfter = room && seen < room.last_seq ? seen : null;
    void this.chat.open(roomId, unreadAfter);
    if (room && this.#attentive) this.unread.read(roomId, room.last_seq);
  }

  /** Whether somebody sees the page: what arrives meanwhile in the room on the screen stays unread. */
  attend(attentive: boolean): void {
    this.#attentive = attentive;
    if (attentive) this.attendance.touched();
    const room = this.rooms.get().rooms.find((it) => it.id === this.#watched);
    if (attentive && room) this.unread.read(room.id, room.last_seq);
  }

  /** The room that was looked at last in this browser profile. */
  lastRoom(): string | null {
    return this.#ports.storage.get(this.#lastRoomKey);
  }

  get #lastRoomKey(): string {
    return `mesh.room.${this.user.id}`;
  }

  /** A room that a REST answer brought; the event that says the same may come before or after. */
  keepRoom(room: Room): void {
    this.rooms.update((state) => rooms.withRoom(state, room));
  }

  dropRoom(roomId: string): void {
    this.rooms.update((state) => rooms.withoutRoom(state, roomId));
    this.chat.forget(roomId);
  }

  dropMember(roomId: string, userId: string): void {
    this.rooms.update((state) => rooms.withoutMember(state, roomId, userId));
  }

  /** Chat works without a device key, so a failure here is told and not fatal. */
  async #becomeDevice(fresh: boolean): Promise<void> {
    const key = `mesh.device.${this.user.id}`;
    const known = this.#ports.storage.get(key);
    if (known !== null && !fresh) {
      this.thisDevice.set(known);
      return;
    }
    try {
      const id = await registerBrowser(this.rest, this.#ports.vault, this.user.id);
      this.#ports.storage.set(key, id);
      this.thisDevice.set(id);
    } catch (thrown) {
      this.notices.failed(asApiError(thrown));
    }
  }

  readonly #welcomed = (welcome: Welcome, again: boolean): void => {
    this.limits.set(welcome.limits);
    this.rooms.set(rooms.welcomed(welcome));
    for (const room of welcome.rooms) this.unread.readThrough(room.id, room.last_seq);
    if (this.#watched !== null && !again) this.watch(this.#watched);
    this.transfers.welcomed(welcome);
    this.terminals.welcomed();
    this.ownTerminals.welcomed(welcome);
    void this.chat.resume();
    if (again && this.devices.list.state.get().status !== 'idle') void this.devices.list.load();
  };

  readonly #received = (event: ServerEvent): void => {
    this.rooms.update((state) => rooms.afterEvent(state, event, this.user.id));
    this.devices.received(event);
    this.transfers.received(event);
    this.direct.received(event);
    this.terminals.received(event);
    this.ownTerminals.received(event);
    // A room one has just come into: what is said from now on is unread until it is looked at.
    if (event.type === 'room.joined' && event.payload.room)
      this.unread.readThrough(event.payload.room.id, event.payload.room.last_seq);
    if (event.type === 'chat.message') this.#heard(event.payload);
    if (event.type === 'chat.typing' && event.payload.user_id !== this.user.id) {
      this.typing.heard(event.payload);
    }
    if (
      event.type === 'system.error' &&
      !this.chat.refused(event) &&
      !this.transfers.refused(event) &&
      !this.terminals.refused(event) &&
      !this.ownTerminals.refused(event)
    )
      this.#refused(event.payload.code);
    if (event.type === 'system.resync') void this.#resync();
    if (event.type === 'room.deleted') this.chat.forget(event.payload.room_id);
    if (event.type === 'device.revoked' && event.payload.device_id === this.thisDevice.get()) {
      void this.#session.verify();
    }
  };

  #heard(message: Message): void {
    this.typing.stopped(message.room_id, message.user_id);
    this.chat.received(message);
    const own = message.user_id === this.user.id;
    const watched = message.room_id === this.#watched;
    this.#alert(message, own, watched && this.#attentive);
    if (own || (watched && this.#attentive)) this.unread.read(message.room_id, message.seq);
    else if (watched) this.chat.markUnread(message.room_id, message.seq - 1);
  }

  #alert(message: Message, own: boolean, seen: boolean): void {
    const room = this.rooms.get().rooms.find((it) => it.id === message.room_id);
    if (!room || this.#ports.alerts.permission() !== 'granted') return;
    const alert = alertFor(message, {
      wanted: this.#preferences.state.get().alerts,
      status: this.attendance.chosen.get(),
      own,
      seen,
      roomName: room.name,
      direct: rooms.isDirect(room),
    });
    if (alert) this.#ports.alerts.show(alert);
  }

  #alertOfWaiting(alertNow: (now: Parameters<typeof alertForFile>[1]) => Alert | null): void {
    if (this.#ports.alerts.permission() !== 'granted') return;
    const alert = alertNow({
      wanted: this.#preferences.state.get().alerts,
      status: this.attendance.chosen.get(),
      attentive: this.#attentive,
    });
    if (alert) this.#ports.alerts.show(alert);
  }

  /** The server does not accept this browser's device any more: connect without; the next sign-in registers it. */
  #refused(code: string): void {
    if (!deviceRefusals.has(code) || this.connection.state.get().phase !== 'connecting') return;
    this.#ports.storage.remove(`mesh.device.${this.user.id}`);
    this.thisDevice.set(null);
    this.connection.forgetDevice();
    void this.#session.verify();
  }

  /** The durable log does not reach back far enough: take everything anew. */
  async #resync(): Promise<void> {
    try {
      const fresh = await this.rest.rooms();
      this.rooms.update((state) =>
        fresh.rooms.reduce(rooms.withRoom, { ...state, rooms: [] as readonly Room[] }),
      );
    } catch (thrown) {
      this.notices.failed(asApiError(thrown));
    }
    if (this.devices.list.state.get().status !== 'idle') void this.devices.list.load();
    void this.chat.resume();
  }
}
