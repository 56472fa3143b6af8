import { describe, expect, it } from 'vitest';
import type { Command } from '../protocol/command';
import type { FileReport } from '../protocol/direct';
import { parseEvent } from '../protocol/event';
import { Rest } from '../protocol/rest';
import { CountingRandom, FakeDirect, FakeServer, settled } from '../testing/fakes';
import { DirectModel, secondsLeft, fileWishes, type DirectFile } from './direct';

const session = {
  session_id: 'ses_1',
  session_token: 'token',
  expires_at: '2026-01-04T23:02:00Z',
  endpoints: { initiator: null, target: { ip: '192.0.2.1', port: 5000, webtransport: null } },
};

const report: FileReport = {
  state: 'running',
  offset: 50,
  before: 0,
  rate: 10,
  milliseconds: 5_000,
  roundTrip: 2,
  path: 'direct',
  retryAt: null,
  error: null,
  hash: null,
  stored: null,
  omitted: 0,
  told: null,
};

function stage(self: string | null = 'browser') {
  const port = new FakeDirect();
  const server = new FakeServer();
  const commands: Command[] = [];
  const needs = {
    port,
    rest: new Rest(server.http),
    random: new CountingRandom(),
    send: (command: Command) => String(commands.push(command)),
    self: () => self,
  };
  return { port, server, commands, model: new DirectModel(needs, 'usr_ana') };
}

const file = (name: string) => ({ name, size: 100, lastModified: 1 });

describe('files straight to a machine', () => {
  it('are handed to the worker, which is told once whose they are', () => {
    const { model, port } = stage();
    model.sendFiles('pc', [file('a'), file('b')]);
    expect(port.posted).toEqual([
      { type: 'begin', user: 'usr_ana' },
      { type: 'send', id: 'id-1', machine: 'pc', file: file('a') },
      { type: 'send', id: 'id-2', machine: 'pc', file: file('b') },
    ]);
    expect(model.busy).toBe(true);
    port.say({ type: 'told', id: 'id-1', report });
    const [first] = model.state.get().files;
    expect(first).toMatchObject({ id: 'id-1', name: 'a', size: 100, offset: 50 });
    expect(secondsLeft(first as DirectFile)).toBe(5);
  });

  it('follow what their person wants', () => {
    const { model, port } = stage();
    model.sendFiles('pc', [file('a')]);
    const send = model.state.get().files[0] as DirectFile;
    for (const wish of ['pause', 'resume', 'retry', 'cancel'] as const) model.wish(send, wish);
    expect(port.posted.slice(2).map(({ type }) => type)).toEqual([
      'pause',
      'resume',
      'resume',
      'cancel',
    ]);
    port.say({ type: 'told', id: 'id-1', report: { ...report, state: 'done' } });
    expect(model.busy).toBe(false);
    model.wish(send, 'dismiss');
    expect(model.state.get().files).toEqual([]);
  });

  it('can only be paused while bytes move', () => {
    const wishes = (state: FileReport['state']) =>
      fileWishes({
        ...report,
        id: '1',
        way: 'out',
        offer: null,
        count: null,
        machine: 'pc',
        name: 'a',
        size: 1,
        state,
      });
    expect(wishes('running')).toContain('pause');
    expect(wishes('waiting')).toEqual(['cancel']);
    expect(wishes('done')).toEqual(['dismiss']);
    expect(wishes('failed')).toContain('retry');
  });
});

describe('the worker’s wishes', () => {
  it('for a session are passed to the server in the name of this browser', async () => {
    const { model, port, server } = stage();
    server.answers.set('POST /api/p2p/sessions', { body: session });
    model.check('pc');
    port.say({ type: 'ask_session', ask: 7, machine: 'pc', purpose: 'out', room: null });
    await settled();
    expect(JSON.parse(server.asked[0]?.body ?? '')).toEqual({
      kind: 'folder',
      target_device_id: 'pc',
      sender: 'initiator',
      initiator_device_id: 'browser',
    });
    expect(port.posted.at(-1)).toEqual({ type: 'session', ask: 7, session });
  });

  it('that the server refuses are told by its word', async () => {
    const { port, server } = stage();
    const body = { error: { code: 'room_not_common', message: 'no' } };
    server.answers.set('POST /api/p2p/sessions', { status: 403, body });
    port.say({ type: 'ask_session', ask: 1, machine: 'pc', purpose: 'out', room: null });
    await settled();
    expect(port.posted.at(-1)).toEqual({ type: 'no_session', ask: 1, code: 'room_not_common' });
  });

  it('need a browser with a key', async () => {
    const { port, server } = stage(null);
    port.say({ type: 'ask_session', ask: 1, machine: 'pc', purpose: 'out', room: null });
    await settled();
    expect(server.asked).toEqual([]);
    expect(port.posted.at(-1)).toMatchObject({ code: 'initiator_device_required' });
  });

  it('for renewal go over the page’s link, and the answer comes back', () => {
    const { model, port, commands } = stage();
    model.check('pc');
    port.say({ type: 'renew', session: 'ses_1' });
    port.say({ type: 'close', session: 'ses_2' });
    expect(commands).toEqual([
      { type: 'p2p.session.renew', payload: { session_id: 'ses_1' } },
      { type: 'p2p.session.close', payload: { session_id: 'ses_2' } },
    ]);
    const payload = { session_id: 'ses_1', session_token: 'new', expires_at: 'later' };
    model.received(parseEvent(JSON.stringify({ type: 'p2p.session.renewed', payload })));
    expect(port.posted.at(-1)).toEqual({ type: 'renewed', session: 'ses_1', token: 'new' });
  });
});

describe('a machine with another key', () => {
  it('is tried again once it is trusted', () => {
    const { model, port } = stage();
    const error = { code: 'key_changed', detail: '' };
    model.sendFiles('pc', [file('a')]);
    model.check('pc');
    port.say({ type: 'told', id: 'id-1', report: { ...report, state: 'failed', error } });
    const check = {
      state: 'failed',
      address: null,
      path: null,
      roundTrips: [],
      error,
    } as const;
    port.say({ type: 'checked', machine: 'pc', report: check });
    model.trust('pc');
    expect(port.posted.slice(-3)).toEqual([
      { type: 'trust', machine: 'pc' },
      { type: 'resume', id: 'id-1' },
      { type: 'check', machine: 'pc' },
    ]);
  });
});
