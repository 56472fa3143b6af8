import { describe, expect, it } from 'vitest';
import { readEvent, type ServerEvent } from '../protocol/event';
import { message, room } from '../testing/fakes';
import {
  acquaintances,
  activityOf,
  afterEvent,
  isOnline,
  noRooms,
  presenceOf,
  withRoom,
  type RoomsState,
} from './rooms';

const me = 'usr_ana';
const event = (type: string, payload: object): ServerEvent => readEvent({ type, payload });
const start = withRoom({ ...noRooms, loaded: true }, room('rom_1', { name: 'b' }));
const run = (state: RoomsState, ...events: [string, object][]) =>
  events.reduce((now, [type, payload]) => afterEvent(now, event(type, payload), me), state);
const presence = (online: boolean, device_id?: string) => ({
  user_id: 'usr_ben',
  username: 'ben',
  kind: 'agent',
  online,
  ...(device_id === undefined ? {} : { device_id }),
});

describe('rooms', () => {
  it('stand by name', () => {
    const state = run(start, ['room.joined', { room: room('rom_2', { name: 'a' }) }]);
    expect(state.rooms.map((it) => it.name)).toEqual(['a', 'b']);
  });

  it('a newcomer is added once', () => {
    const chloe = { room_id: 'rom_1', user_id: 'usr_chloe', username: 'chloe' };
    const state = run(start, ['room.joined', chloe], ['room.joined', chloe]);
    expect(state.rooms[0]?.members.map((it) => it.username)).toEqual(['ana', 'ben', 'chloe']);
  });

  it('who leaves is taken out; when it is me, the room goes', () => {
    const left = (user_id: string) => ({
      room_id: 'rom_1',
      user_id,
      username: 'x',
      reason: 'left',
    });
    expect(run(start, ['room.left', left('usr_ben')]).rooms[0]?.members).toHaveLength(1);
    expect(run(start, ['room.left', left(me)]).rooms).toEqual([]);
  });

  it('a deleted room goes', () => {
    expect(run(start, ['room.deleted', { room_id: 'rom_1' }]).rooms).toEqual([]);
  });

  it('a message raises the newest seq, and an older description does not lower it', () => {
    const state = run(
      start,
      ['chat.message', message(5)],
      ['room.updated', { room: room('rom_1', { last_seq: 3 }) }],
    );
    expect(state.rooms[0]?.last_seq).toBe(5);
  });

  it('what somebody does is told by device, a call before a transfer', () => {
    const does = (device_id: string, activity?: string): [string, object] => [
      'presence.changed',
      { ...presence(true, device_id), activity },
    ];
    const sharing = run(start, does('pc', 'sharing'), does('phone'));
    expect(activityOf(sharing, 'usr_ben')).toBe('sharing');
    expect(activityOf(sharing, 'usr_ben', 'phone')).toBeNull();
    expect(activityOf(sharing, 'usr_ana')).toBeNull();
    const calling = run(sharing, does('phone', 'in_call'));
    expect(activityOf(calling, 'usr_ben')).toBe('in_call');
    expect(activityOf(calling, 'usr_ben', 'pc')).toBe('sharing');
    const over = run(calling, does('pc'), ['presence.changed', presence(false, 'phone')]);
    expect(activityOf(over, 'usr_ben')).toBeNull();
    expect(activityOf(run(start, does('pc', 'juggling')), 'usr_ben')).toBeNull();
  });

  it('a person is online while one of the devices is', () => {
    const online = (...events: [string, object][]) => isOnline(run(start, ...events), 'usr_ben');
    expect(online()).toBe(false);
    expect(online(['presence.changed', presence(true, 'pc')])).toBe(true);
    expect(
      online(
        ['presence.changed', presence(true, 'pc')],
        ['presence.changed', presence(true, 'phone')],
        ['presence.changed', presence(false, 'pc')],
      ),
    ).toBe(true);
    expect(
      online(
        ['presence.changed', presence(true, 'pc')],
        ['presence.changed', presence(false, 'pc')],
      ),
    ).toBe(false);
  });

  it('a member described as online goes offline with the first word about them', () => {
    const described = withRoom(
      noRooms,
      room('rom_3', {
        members: [{ user_id: 'usr_ben', username: 'ben', role: 'member', online: true }],
      }),
    );
    expect(isOnline(described, 'usr_ben')).toBe(true);
    const after = run(described, ['presence.changed', presence(false, 'pc')]);
    expect(isOnline(after, 'usr_ben')).toBe(false);
  });

  it('a person is as their devices say', () => {
    const said = (status: string, device_id: string): [string, object] => [
      'presence.changed',
      { ...presence(true, device_id), status },
    ];
    const state = (...events: [string, object][]) => presenceOf(run(start, ...events), 'usr_ben');
    expect(state()).toBe('offline');
    expect(state(said('away', 'pc'))).toBe('away');
    expect(state(said('away', 'pc'), said('online', 'phone'))).toBe('online');
    expect(state(said('dnd', 'pc'), said('online', 'phone'))).toBe('dnd');
    expect(state(said('dnd', 'pc'), ['presence.changed', presence(false, 'pc')])).toBe('offline');
  });

  it('one may write to members of common rooms, not to guests nor as one', () => {
    const people = (role: 'member' | 'guest', own: 'owner' | 'guest') =>
      acquaintances(
        withRoom(
          noRooms,
          room('rom_4', {
            role: own,
            members: [
              { user_id: me, username: 'ana', role: own, online: true },
              { user_id: 'usr_ben', username: 'ben', role, online: false },
            ],
          }),
        ),
        me,
      ).map((it) => it.username);
    expect(people('member', 'owner')).toEqual(['ben']);
    expect(people('guest', 'owner')).toEqual([]);
    expect(people('member', 'guest')).toEqual([]);
  });

  it('an event about something else changes nothing', () => {
    expect(run(start, ['device.revoked', { device_id: 'x' }])).toBe(start);
  });
});
