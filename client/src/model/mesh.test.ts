import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  at,
  CountingRandom,
  FakeDirect,
  FakeServer,
  FakeSocket,
  FakeVault,
  HandClock,
  MapStorage,
  message,
  room,
  settled,
} from '../testing/fakes';
import type { Alert } from './alerts';
import { Mesh } from './mesh';
import { unreadCount } from './unread';

const user = { id: 'usr_ana', username: 'ana', created_at: at(0), has_password: true };
const device = {
  device_id: 'browser-1',
  user_id: 'usr_ana',
  username: 'ana',
  kind: 'browser',
  name: 'Firefox',
  key_sha256: 'ab',
  public_key: 'key',
  online: true,
  created_at: at(0),
  own: true,
};

function stage() {
  const server = new FakeServer();
  const socket = new FakeSocket();
  const vault = new FakeVault();
  const clock = new HandClock();
  const storage = new MapStorage();
  const alerts: Alert[] = [];
  const unauthorized = { status: 401, body: { error: { code: 'unauthorized', message: 'no' } } };
  server.answers.set('GET /api/account', { body: { user } });
  server.answers.set('POST /api/auth/login', { body: { user } });
  server.answers.set('POST /api/auth/challenge', { body: { nonce: 'n', expires_in: 120 } });
  server.answers.set('POST /api/devices', { status: 201, body: { device } });
  const mesh = new Mesh({
    http: server.http,
    open: socket.open,
    clock,
    random: new CountingRandom(),
    storage,
    vault,
    alerts: {
      permission: () => 'granted',
      ask: () => Promise.resolve('granted'),
      show: (alert) => alerts.push(alert),
    },
    direct: () => new FakeDirect(),
    version: '0.1.0',
    spoken: ['en'],
  });
  const workspace = () => {
    const found = mesh.workspace.get();
    if (!found) throw new Error('nobody is signed in');
    return found;
  };
  return { server, socket, vault, clock, storage, mesh, workspace, unauthorized, alerts };
}

describe('a visit', () => {
  it('without a login shows the sign-in page', async () => {
    const { mesh, server, unauthorized } = stage();
    server.answers.set('GET /api/account', unauthorized);
    mesh.start();
    await settled();
    expect(mesh.session.state.get()).toEqual({ phase: 'signed_out', ended: false });
  });

  it('without a server says so and tries again by itself', async () => {
    const { mesh, server, clock } = stage();
    server.answers.set('GET /api/account', 'no answer');
    mesh.start();
    await settled();
    expect(mesh.session.state.get()).toMatchObject({
      phase: 'unreachable',
      error: { code: 'offline' },
    });
    server.answers.set('GET /api/account', { body: { user } });
    clock.pass(3_000);
    await settled();
    expect(mesh.session.state.get().phase).toBe('signed_in');
  });

  it('with a kept login connects under the known device without registering it again', async () => {
    const { mesh, storage, server, socket } = stage();
    storage.set('mesh.device.usr_ana', 'browser-7');
    mesh.start();
    await settled();
    socket.welcome();
    expect(socket.ofType('system.hello')[0]?.payload.device_id).toBe('browser-7');
    expect(server.paths()).toEqual(['GET /api/account']);
  });
});

describe('signing in', () => {
  it('registers this browser with a proof of its key, then connects', async () => {
    const { mesh, socket, vault, server } = stage();
    await mesh.session.login('ana', 'secret');
    await settled();
    socket.welcome();
    expect(vault.signed).toEqual(['mesh-device/1\nn\nusr_ana\nbrowser-1']);
    const proof = server.asked.find((it) => it.path === '/api/devices');
    expect(JSON.parse(proof?.body ?? '')).toEqual({
      kind: 'browser',
      device_id: 'browser-1',
      name: 'Firefox, Linux',
      public_key: 'key',
      nonce: 'n',
      signature: 'signature',
    });
    expect(socket.ofType('system.hello')[0]?.payload.device_id).toBe('browser-1');
  });

  it('makes a new key when the old device was revoked', async () => {
    const { mesh, socket, server } = stage();
    server.answers.set('POST /api/devices', (request) =>
      request.body?.includes('"browser-1"')
        ? { status: 409, body: { error: { code: 'device_taken', message: 'no' } } }
        : { status: 201, body: { device } },
    );
    await mesh.session.login('ana', 'secret');
    await settled();
    socket.welcome();
    expect(socket.ofType('system.hello')[0]?.payload.device_id).toBe('browser-2');
  });

  it('goes on without a device when the proof fails, and says so', async () => {
    const { mesh, socket, server } = stage();
    const refused = {
      status: 401,
      body: { error: { code: 'device_proof_invalid', message: 'no' } },
    };
    server.answers.set('POST /api/devices', refused);
    await mesh.session.login('ana', 'secret');
    await settled();
    socket.welcome();
    expect(mesh.notices.state.get()).toMatchObject([{ error: { code: 'device_proof_invalid' } }]);
    expect(socket.ofType('system.hello')[0]?.payload).not.toHaveProperty('device_id');
  });
});

describe('a login that the server ends', () => {
  it('leads to the sign-in page with the reason, and nothing goes on in the background', async () => {
    const { mesh, socket, server, clock, unauthorized } = stage();
    await mesh.session.login('ana', 'secret');
    await settled();
    socket.welcome();
    server.answers.set('GET /api/account', unauthorized);
    socket.handlers?.closed(1008);
    await settled();
    expect(mesh.session.state.get()).toEqual({ phase: 'signed_out', ended: true });
    expect(mesh.workspace.get()).toBeNull();
    const opened = socket.opened;
    clock.pass(300_000);
    expect(socket.opened).toBe(opened);
  });

  it('a lost network does not sign one out', async () => {
    const { mesh, socket, server } = stage();
    await mesh.session.login('ana', 'secret');
    await settled();
    socket.welcome();
    server.answers.set('GET /api/account', 'no answer');
    socket.handlers?.closed(1006);
    await settled();
    expect(mesh.session.state.get().phase).toBe('signed_in');
  });
});

describe('a workspace', () => {
  async function signedIn() {
    const all = stage();
    const history = { body: { messages: [message(1), message(2)], has_more: false } };
    all.server.answers.set('GET /api/rooms/rom_1/messages?limit=50', history);
    await all.mesh.session.login('ana', 'secret');
    await settled();
    all.socket.welcome([room('rom_1', { last_seq: 2 })]);
    return all;
  }

  it('counts what is said in a room that is not looked at', async () => {
    const { workspace, socket } = await signedIn();
    socket.emit('chat.message', message(3));
    expect(workspace().unread.state.get().get('rom_1')).toBe(2);
    workspace().watch('rom_1');
    expect(workspace().unread.state.get().get('rom_1')).toBe(3);
    expect(workspace().chat.timeline('rom_1').get().unreadAfter).toBe(2);
    socket.emit('chat.message', message(4));
    expect(workspace().unread.state.get().get('rom_1')).toBe(4);
  });

  it('counts what is said in a room that one was brought into', async () => {
    const { workspace, socket } = await signedIn();
    socket.emit('room.joined', { room: room('rom_2', { last_seq: 4 }) });
    socket.emit('chat.message', message(5, { room_id: 'rom_2' }));
    expect(unreadCount(workspace().unread.state.get(), 'rom_2', 5)).toBe(1);
  });

  it('what comes while nobody looks at the page stays unread until somebody does', async () => {
    const { workspace, socket } = await signedIn();
    workspace().watch('rom_1');
    workspace().attend(false);
    socket.emit('chat.message', message(3));
    socket.emit('chat.message', message(4));
    expect(workspace().unread.state.get().get('rom_1')).toBe(2);
    expect(workspace().chat.timeline('rom_1').get().unreadAfter).toBe(2);
    workspace().attend(true);
    expect(workspace().unread.state.get().get('rom_1')).toBe(4);
  });

  it('shows a message outside the page when it is wanted, not seen and one is not busy', async () => {
    const { mesh, workspace, socket, alerts } = await signedIn();
    socket.emit('chat.message', message(3));
    expect(alerts).toEqual([]);
    mesh.preferences.setAlerts('all');
    workspace().watch('rom_1');
    socket.emit('chat.message', message(4));
    expect(alerts).toEqual([]);
    workspace().attend(false);
    socket.emit('chat.message', message(5, { text: 'x'.repeat(200) }));
    expect(alerts).toEqual([
      { kind: 'message', title: 'ben · rom_1', body: `${'x'.repeat(139)}…`, roomId: 'rom_1' },
    ]);
    workspace().attendance.choose('dnd');
    socket.emit('chat.message', message(6));
    expect(alerts).toHaveLength(1);
  });

  it('shows a file that waits outside the page when nobody looks at it', async () => {
    const { mesh, workspace, socket, alerts } = await signedIn();
    const offer = (transfer_id: string) => {
      const path = new URL('../../../tests/vectors/events/share.offered.json', import.meta.url);
      const { event } = JSON.parse(readFileSync(path, 'utf8')) as {
        event: { payload: Record<string, unknown> };
      };
      socket.emit('share.offered', { ...event.payload, transfer_id }, { from: 'device:pc' });
    };
    workspace().attend(false);
    offer('1');
    expect(alerts).toEqual([]);
    mesh.preferences.setAlerts('files');
    offer('2');
    const alert = { kind: 'file', person: 'ben', name: 'plan.pdf', machine: 'pc' };
    expect(alerts).toEqual([{ ...alert, key: 'pc/2' }]);
    socket.emit('chat.message', message(9));
    workspace().attend(true);
    offer('3');
    workspace().attend(false);
    workspace().attendance.choose('dnd');
    offer('4');
    expect(alerts).toHaveLength(1);
  });

  it('says how one is when greeting and when it is chosen', async () => {
    const { workspace, socket } = await signedIn();
    expect(socket.ofType('system.hello')[0]?.payload).toMatchObject({ status: 'online' });
    workspace().attendance.choose('dnd');
    workspace().attendance.choose('dnd');
    workspace().attendance.choose('online');
    expect(socket.ofType('presence.set').map((it) => it.payload.status)).toEqual(['dnd', 'online']);
  });

  it('connects without a device when the server refuses the one it names', async () => {
    const { socket, clock, storage } = await signedIn();
    socket.handlers?.closed(1006);
    clock.pass(1_000);
    socket.handlers?.opened();
    socket.emit('system.error', { code: 'forbidden', message: 'another device' });
    socket.handlers?.closed(1008);
    await settled();
    clock.pass(2_000);
    socket.welcome();
    expect(socket.ofType('system.hello').at(-1)?.payload).not.toHaveProperty('device_id');
    expect(storage.get('mesh.device.usr_ana')).toBeNull();
  });

  it('takes everything anew when the log does not reach back', async () => {
    const { workspace, socket, server } = await signedIn();
    server.answers.set('GET /api/rooms', { body: { rooms: [room('rom_2')] } });
    socket.emit('system.resync', { reason: 'the log was cut' });
    await settled();
    expect(
      workspace()
        .rooms.get()
        .rooms.map((it) => it.id),
    ).toEqual(['rom_2']);
  });

  it('checks its login when this very browser is revoked', async () => {
    const { mesh, socket, server, unauthorized } = await signedIn();
    server.answers.set('GET /api/account', unauthorized);
    socket.emit('device.revoked', { device_id: 'browser-1' });
    await settled();
    expect(mesh.session.state.get().phase).toBe('signed_out');
  });
});
