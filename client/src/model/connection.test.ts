import { describe, expect, it } from 'vitest';
import { CountingRandom, FakeSocket, HandClock } from '../testing/fakes';
import { backoffMilliseconds } from './backoff';
import { Connection } from './connection';

function stage() {
  const clock = new HandClock();
  const socket = new FakeSocket();
  const heard: string[] = [];
  const connection = new Connection(
    { clock, random: new CountingRandom(), open: socket.open },
    {
      welcomed: (_welcome, again) => heard.push(again ? 'welcomed again' : 'welcomed'),
      received: (event) => heard.push(event.type),
      lost: () => heard.push('lost'),
    },
    '0.1.0',
  );
  connection.start('browser-1', () => ({ type: 'room.join', payload: { room_id: 'rom_1' } }));
  return { clock, socket, connection, heard };
}

describe('the link', () => {
  it('says hello as this browser and is online after the welcome', () => {
    const { socket, connection, heard } = stage();
    expect(connection.state.get().phase).toBe('connecting');
    socket.welcome();
    expect(socket.ofType('system.hello')[0]?.payload).toEqual({
      kind: 'browser',
      version: '0.1.0',
      status: 'online',
      device_id: 'browser-1',
    });
    expect(connection.state.get().phase).toBe('online');
    expect(heard).toEqual(['welcomed']);
  });

  it('comes back after a cut and resumes from the last durable event', () => {
    const { clock, socket, connection, heard } = stage();
    socket.welcome([], 7);
    socket.emit('room.deleted', { room_id: 'rom_9' }, { seq: 12 });
    socket.handlers?.closed(1006);
    expect(connection.state.get()).toMatchObject({ phase: 'waiting', failures: 1 });
    clock.pass(1_000);
    socket.welcome();
    expect(socket.ofType('system.hello')[1]?.payload.since).toBe(12);
    expect(heard).toEqual(['welcomed', 'room.deleted', 'lost', 'welcomed again']);
  });

  it('waits longer after each failure and begins anew after a welcome', () => {
    const { clock, socket, connection } = stage();
    const waits: number[] = [];
    for (let turn = 0; turn < 8; turn++) {
      socket.handlers?.closed(1006);
      const state = connection.state.get();
      const wait = state.phase === 'waiting' ? state.retryAt - clock.now() : 0;
      waits.push(wait);
      clock.pass(wait);
    }
    expect(waits).toEqual([375, 750, 1_500, 3_000, 6_000, 12_000, 22_500, 22_500]);
    socket.welcome();
    socket.handlers?.closed(1006);
    expect(connection.state.get()).toMatchObject({ phase: 'waiting', failures: 1 });
  });

  it('gives up a connection that is never welcomed', () => {
    const { clock, socket, connection } = stage();
    socket.handlers?.opened();
    clock.pass(10_000);
    expect(connection.state.get().phase).toBe('waiting');
    expect(socket.closedByPage).toBe(1);
  });

  it('asks when the link is silent, and drops it when nothing answers', () => {
    const { clock, socket, connection } = stage();
    socket.welcome();
    clock.pass(30_000);
    expect(socket.ofType('room.join')).toHaveLength(1);
    socket.emit('system.error', { code: 'not_member', message: 'no' });
    clock.pass(29_000);
    expect(connection.state.get().phase).toBe('online');
    clock.pass(1_000);
    expect(socket.ofType('room.join')).toHaveLength(2);
    clock.pass(10_000);
    expect(connection.state.get().phase).toBe('waiting');
  });

  it('asks at once when the machine wakes up', () => {
    const { clock, socket, connection } = stage();
    socket.welcome();
    connection.suspect();
    expect(socket.ofType('room.join')).toHaveLength(1);
    clock.pass(10_000);
    expect(connection.state.get().phase).toBe('waiting');
  });

  it('an event it cannot read does not take the link down', () => {
    const { socket, connection, heard } = stage();
    socket.welcome();
    socket.handlers?.received('{"type":"chat.message","payload":{}}');
    socket.handlers?.received('not json');
    expect(connection.state.get().phase).toBe('online');
    expect(heard).toEqual(['welcomed']);
  });

  it('a dropped socket is not heard any more', () => {
    const { clock, socket, connection } = stage();
    const first = socket.handlers;
    first?.closed(1006);
    clock.pass(1_000);
    socket.welcome();
    first?.closed(1006);
    expect(connection.state.get().phase).toBe('online');
  });

  it('sends nothing while there is no link, and stops when told', () => {
    const { clock, socket, connection } = stage();
    const typing = { type: 'chat.typing', payload: { room_id: 'rom_1' } } as const;
    expect(connection.send(typing)).toBeNull();
    socket.welcome();
    expect(connection.send(typing)).not.toBeNull();
    connection.stop();
    clock.pass(120_000);
    expect(connection.state.get().phase).toBe('idle');
    expect(socket.opened).toBe(1);
  });
});

describe('backoff', () => {
  it.each([
    [1, 0, 250],
    [1, 1, 500],
    [3, 0, 1_000],
    [50, 1, 30_000],
  ])('after %i failures with chance %f: %i ms', (failures, unit, wanted) => {
    expect(backoffMilliseconds(failures, unit)).toBe(wanted);
  });
});
