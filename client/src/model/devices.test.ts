import { describe, expect, it } from 'vitest';
import { readEvent } from '../protocol/event';
import { Rest } from '../protocol/rest';
import { at, FakeServer, HandClock, settled } from '../testing/fakes';
import { DevicesModel } from './devices';
import { Notices } from './notices';

const device = (device_id: string, more: object = {}) => ({
  device_id,
  user_id: 'usr_ana',
  username: 'ana',
  kind: 'agent',
  name: device_id,
  key_sha256: 'ab',
  online: true,
  created_at: at(0),
  own: true,
  ...more,
});

async function stage() {
  const clock = new HandClock();
  const server = new FakeServer();
  const notices = new Notices(clock);
  const peers = device('peer', { own: false });
  server.answers.set('GET /api/devices', {
    body: { devices: [device('pc'), device('nas'), peers] },
  });
  const devices = new DevicesModel(new Rest(server.http), clock, notices);
  await devices.list.load();
  const names = () => devices.list.state.get().value?.map((it) => it.name);
  return { clock, server, notices, devices, names };
}

describe('devices', () => {
  it('lists one’s own', async () => {
    const { names } = await stage();
    expect(names()).toEqual(['pc', 'nas']);
  });

  it('a new name is shown at once and taken back when refused', async () => {
    const { devices, names, notices } = await stage();
    const done = devices.rename('pc', 'Desk');
    expect(names()).toEqual(['Desk', 'nas']);
    await done;
    expect(names()).toEqual(['pc', 'nas']);
    expect(notices.state.get()).toMatchObject([{ error: { code: 'not_found' } }]);
  });

  it('revoking waits, and is done when nobody takes it back', async () => {
    const { devices, names, server, clock } = await stage();
    server.answers.set('DELETE /api/devices/pc', { status: 204 });
    devices.revoke('pc');
    expect(server.paths()).not.toContain('DELETE /api/devices/pc');
    clock.pass(6_000);
    await settled();
    expect(server.paths()).toContain('DELETE /api/devices/pc');
    expect(names()).toEqual(['nas']);
  });

  it('when the page closes the request outlives it', async () => {
    const { devices, server } = await stage();
    devices.revoke('pc');
    devices.revoking.flush();
    expect(server.asked.at(-1)).toMatchObject({ method: 'DELETE', keepalive: true });
  });

  it('follows what other pages and machines do', async () => {
    const { devices, names } = await stage();
    const tell = (type: string, payload: object) => {
      devices.received(readEvent({ type, payload }));
    };
    tell('device.changed', { device: device('pc', { name: 'Desk' }) });
    tell('device.changed', { device: device('new') });
    tell('device.changed', { device: device('peer', { own: false }) });
    tell('device.revoked', { device_id: 'nas' });
    const gone = {
      user_id: 'usr_ana',
      username: 'ana',
      device_id: 'pc',
      kind: 'agent',
      online: false,
    };
    tell('presence.changed', gone);
    expect(devices.list.state.get().value?.[0]?.online).toBe(false);
    expect(names()).toEqual(['Desk', 'new']);
  });
});
