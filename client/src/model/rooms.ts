/** The rooms a person is in, who is there, and who is online. Pure changes on one value. */
import type { Room } from '../protocol/shapes';
import type { PresenceChange, ServerEvent, Welcome } from '../protocol/event';

export interface RoomsState {
  readonly loaded: boolean;
  /** By name, so that the rail does not jump. */
  readonly rooms: readonly Room[];
  /** Each person's devices online, by name; the name `any` stands for a device we were not told of. */
  readonly online: ReadonlyMap<string, ReadonlyMap<string, Attending>>;
}

/** status: what the device says of its person. activity: what the server sees it do. */
interface Attending {
  readonly status: string;
  readonly activity: string | null;
}

export type Presence = 'online' | 'away' | 'dnd' | 'offline';
export type Activity = 'in_call' | 'sharing';

export const noRooms: RoomsState = { loaded: false, rooms: [], online: new Map() };

const byName = (a: Room, b: Room) => a.name.localeCompare(b.name) || a.id.localeCompare(b.id);

function attending(told: { status: string | null; activity: string | null }): Attending {
  return { status: told.status ?? 'online', activity: told.activity };
}

function withOnlineMembers(online: RoomsState['online'], room: Room): RoomsState['online'] {
  const missing = room.members.filter(
    (member) => member.online && !online.get(member.user_id)?.size,
  );
  if (missing.length === 0) return online;
  return new Map([
    ...online,
    ...missing.map(
      (member) =>
        [member.user_id, new Map([['any', attending({ status: null, activity: null })]])] as const,
    ),
  ]);
}

export function welcomed(welcome: Welcome): RoomsState {
  let online: RoomsState['online'] = new Map(
    welcome.presence.map((person) => [
      person.user_id,
      new Map(person.devices.map((device) => [device.device_id ?? device.kind, attending(device)])),
    ]),
  );
  for (const room of welcome.rooms) online = withOnlineMembers(online, room);
  return { loaded: true, rooms: [...welcome.rooms].sort(byName), online };
}

export function withRoom(state: RoomsState, room: Room): RoomsState {
  // A message may have overtaken this description of the room.
  const known = state.rooms.find((other) => other.id === room.id);
  const current = { ...room, last_seq: Math.max(room.last_seq, known?.last_seq ?? 0) };
  return {
    ...state,
    rooms: [...state.rooms.filter((other) => other.id !== room.id), current].sort(byName),
    online: withOnlineMembers(state.online, room),
  };
}

export function withoutRoom(state: RoomsState, roomId: string): RoomsState {
  return { ...state, rooms: state.rooms.filter((room) => room.id !== roomId) };
}

function changed(state: RoomsState, roomId: string, change: (room: Room) => Room): RoomsState {
  return { ...state, rooms: state.rooms.map((room) => (room.id === roomId ? change(room) : room)) };
}

export function withNewest(state: RoomsState, roomId: string, seq: number): RoomsState {
  return changed(state, roomId, (room) =>
    seq > room.last_seq ? { ...room, last_seq: seq } : room,
  );
}

export function withoutMember(state: RoomsState, roomId: string, userId: string): RoomsState {
  return changed(state, roomId, (room) => ({
    ...room,
    members: room.members.filter((member) => member.user_id !== userId),
  }));
}

function withPresence(state: RoomsState, change: PresenceChange): RoomsState {
  const devices = new Map(state.online.get(change.user_id));
  const name = change.device_id ?? change.kind;
  if (change.online) devices.set(name, attending(change));
  else devices.delete(name);
  devices.delete('any');
  return { ...state, online: new Map(state.online).set(change.user_id, devices) };
}

/** The state after an event; the same value when the event is not about rooms. `me`: own user id. */
export function afterEvent(state: RoomsState, event: ServerEvent, me: string): RoomsState {
  switch (event.type) {
    case 'room.updated':
      return withRoom(state, event.payload.room);
    case 'room.deleted':
      return withoutRoom(state, event.payload.room_id);
    case 'room.joined':
      if (event.payload.room) return withRoom(state, event.payload.room);
      return changed(state, event.payload.newcomer.room_id, (room) => {
        const { user_id, username } = event.payload.newcomer ?? { user_id: '', username: '' };
        if (room.members.some((member) => member.user_id === user_id)) return room;
        const member = { user_id, username, role: 'member' as const, online: true };
        return { ...room, members: [...room.members, member] };
      });
    case 'room.left': {
      const { room_id, user_id } = event.payload;
      if (user_id === me) return withoutRoom(state, room_id);
      return withoutMember(state, room_id, user_id);
    }
    case 'presence.changed':
      return withPresence(state, event.payload);
    case 'chat.message':
      return withNewest(state, event.payload.room_id, event.payload.seq);
    default:
      return state;
  }
}

/** Not to be disturbed anywhere when one device says so; else present when one is, else away. */
export function presenceOf(state: RoomsState, userId: string): Presence {
  const said = [...(state.online.get(userId)?.values() ?? [])].map((it) => it.status);
  if (said.length === 0) return 'offline';
  if (said.includes('dnd')) return 'dnd';
  return said.some((status) => status !== 'away') ? 'online' : 'away';
}

/** What somebody does on one of their devices, on `deviceId` when it is named; a call says more than a transfer. */
export function activityOf(state: RoomsState, userId: string, deviceId?: string): Activity | null {
  const devices = state.online.get(userId);
  const asked = deviceId === undefined ? [...(devices?.values() ?? [])] : [devices?.get(deviceId)];
  const seen = asked.map((it) => it?.activity);
  return (['in_call', 'sharing'] as const).find((activity) => seen.includes(activity)) ?? null;
}

export const isDirect = (room: Room): boolean => room.kind === 'direct';

/** Who is the other one in a conversation of two; null when they left. */
export function otherOf(room: Room, me: string): string | null {
  return room.members.find((member) => member.user_id !== me)?.user_id ?? null;
}

export interface Acquaintance {
  readonly user_id: string;
  readonly username: string;
}

/** People one may begin a conversation of two with: members of a room in which both are more than guests. */
export function acquaintances(state: RoomsState, me: string): Acquaintance[] {
  const known = new Map<string, string>();
  for (const room of state.rooms) {
    if (room.role === 'guest') continue;
    for (const { user_id, username, role } of room.members)
      if (user_id !== me && role !== 'guest') known.set(user_id, username);
  }
  return [...known]
    .map(([user_id, username]) => ({ user_id, username }))
    .sort((a, b) => a.username.localeCompare(b.username));
}

export const isOnline = (state: RoomsState, userId: string): boolean =>
  (state.online.get(userId)?.size ?? 0) > 0;
