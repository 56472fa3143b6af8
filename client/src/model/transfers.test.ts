import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readEvent, type EventOf } from '../protocol/event';
import type { Command } from '../protocol/command';
import { at, HandClock } from '../testing/fakes';
import { Notices } from './notices';
import { averageRate, keyOf, placeOf, TransfersModel, wishesFor, type Transfer } from './transfers';

const vector = (name: string) =>
  (
    JSON.parse(
      readFileSync(new URL(`../../../tests/vectors/events/${name}.json`, import.meta.url), 'utf8'),
    ) as { event: { payload: Record<string, unknown> } }
  ).event;

const welcome = (...devices: { device_id: string | null; kind: string }[]) => ({
  user: { id: 'usr_ana', username: 'ana', created_at: at(0), has_password: true },
  device_id: 'page',
  server: { name: 'Mesh', version: '1', time: at(0) },
  rooms: [],
  presence: [
    { user_id: 'usr_ben', username: 'ben', devices: [{ device_id: 'ben-pc', kind: 'agent' }] },
    { user_id: 'usr_ana', username: 'ana', devices },
  ],
  seq: 1,
  heartbeat_seconds: 20,
  limits: { chat_text_bytes: 1, message_bytes: 1 },
});

function stage() {
  const clock = new HandClock();
  const notices = new Notices(clock);
  const sent: Command[] = [];
  let online = true;
  const send = (command: Command) => (online ? `id-${String(sent.push(command))}` : null);
  const asked: string[] = [];
  const model = new TransfersModel(send, clock, notices, 'usr_ana', (transfer) => {
    asked.push(keyOf(transfer));
  });
  const receive = (type: string, payload: object, from = 'device:pc') => {
    model.received(readEvent({ type, from, payload }));
  };
  const greet = (...devices: { device_id: string | null; kind: string }[]) => {
    const event = readEvent({ type: 'system.welcome', payload: welcome(...devices) });
    model.welcomed((event as EventOf<'system.welcome'>).payload);
  };
  const report = (more: object = {}) => ({ ...vector('share.offered').payload, ...more });
  const states = () => model.state.get().transfers.map((it) => `${keyOf(it)} ${it.state}`);
  const machines = () => Object.fromEntries(model.state.get().machines);
  const cut = () => {
    online = false;
  };
  return { clock, notices, sent, model, receive, greet, report, states, machines, cut, asked };
}

const pc = { device_id: 'pc', kind: 'agent' };

describe('transfers', () => {
  it('says once of a file that it waits for an answer, by a report or by the list', () => {
    const { greet, receive, report, asked } = stage();
    greet(pc);
    receive('share.listed', { transfers: [report({ transfer_id: '1' })], omitted: 0 });
    receive('share.offered', report({ transfer_id: '1' }));
    receive('share.offered', report({ transfer_id: '2', direction: 'out' }));
    receive('share.offered', report({ transfer_id: '3' }));
    expect(asked).toEqual(['pc/1', 'pc/3']);
    receive('share.accepted', report({ transfer_id: '3', state: 'running' }));
    receive('share.offered', report({ transfer_id: '3' }));
    expect(asked).toEqual(['pc/1', 'pc/3', 'pc/3']);
  });

  it('asks every own agent, and nobody else, for its list', () => {
    const { greet, sent, machines } = stage();
    greet(pc, { device_id: 'nas', kind: 'agent' }, { device_id: 'page', kind: 'browser' });
    expect(sent).toEqual([
      { type: 'share.control', to: 'device:pc', payload: { action: 'list' } },
      { type: 'share.control', to: 'device:nas', payload: { action: 'list' } },
    ]);
    expect(machines()).toEqual({ pc: 'asked', nas: 'asked' });
  });

  it('a list replaces what was known of that machine', () => {
    const { greet, receive, report, states, machines } = stage();
    greet(pc);
    receive('share.offered', report({ transfer_id: 'old' }));
    receive('share.offered', report({ transfer_id: '7' }), 'device:nas');
    receive('share.listed', { transfers: [report({ transfer_id: '1' })], omitted: 3 });
    expect(states().sort()).toEqual(['nas/7 waiting', 'pc/1 waiting']);
    expect(machines()).toEqual({ pc: 'known' });
  });

  it('follows one from the offer to its end, in its place', () => {
    const { greet, receive, report, states } = stage();
    greet(pc);
    receive('share.offered', report({ transfer_id: '1', started_at: at(1) }));
    receive('share.offered', report({ transfer_id: '2', started_at: at(2) }));
    receive('share.accepted', report({ transfer_id: '1', state: 'running', started_at: at(1) }));
    expect(states()).toEqual(['pc/2 waiting', 'pc/1 running']);
    receive('share.done', report({ transfer_id: '1', state: 'done', started_at: at(1) }));
    expect(states()).toEqual(['pc/2 waiting', 'pc/1 done']);
  });

  it('a wish waits for the next report, an error or five seconds', () => {
    const { greet, receive, report, model, sent, clock, notices } = stage();
    greet(pc);
    receive('share.offered', report());
    const offer = model.state.get().transfers[0] as Transfer;
    const busy = () => [...model.state.get().busy];
    model.wish(offer, 'accept');
    expect(sent.at(-1)).toEqual({
      type: 'share.control',
      to: 'device:pc',
      payload: { action: 'accept', transfer_id: '4' },
    });
    expect(busy()).toEqual(['pc/4']);
    receive('share.accepted', report({ state: 'running' }));
    expect(busy()).toEqual([]);
    model.wish(offer, 'cancel');
    const error = { type: 'system.error', reply_to: `id-${String(sent.length)}` };
    const refused = readEvent({ ...error, payload: { code: 'peer_offline', message: '' } });
    expect(model.refused(refused as EventOf<'system.error'>)).toBe(true);
    expect(busy()).toEqual([]);
    expect(notices.state.get()).toMatchObject([{ error: { code: 'peer_offline' } }]);
    model.wish(offer, 'cancel');
    clock.pass(5_000);
    expect(busy()).toEqual([]);
  });

  it('an error that answers something else is left alone', () => {
    const { model } = stage();
    const payload = { code: 'forbidden', message: '' };
    const error = readEvent({ type: 'system.error', reply_to: 'x', payload });
    expect(model.refused(error as EventOf<'system.error'>)).toBe(false);
  });

  it('without a connection nothing is sent and nothing waits', () => {
    const { greet, receive, report, model, cut } = stage();
    greet(pc);
    receive('share.offered', report());
    cut();
    model.wish(model.state.get().transfers[0] as Transfer, 'accept');
    expect(model.state.get().busy.size).toBe(0);
  });

  it('tells why an agent did not obey, and drops what it does not know any more', () => {
    const { greet, receive, report, notices, states } = stage();
    greet(pc);
    receive('share.offered', report());
    receive('share.progress', report({ refused: { code: 'conflict', message: '' } }));
    expect(notices.state.get()).toMatchObject([{ error: { code: 'conflict' } }]);
    const gone = { state: 'failed', name: '', error: { code: 'not_found', message: '' } };
    receive('share.failed', report(gone));
    expect(states()).toEqual([]);
  });

  it('knows machines that come, go, stay silent and are revoked', () => {
    const { greet, receive, report, machines, clock, states, sent } = stage();
    greet(pc);
    clock.pass(5_000);
    expect(machines()).toEqual({ pc: 'silent' });
    receive('share.offered', report());
    const presence = { user_id: 'usr_ana', username: 'ana', device_id: 'pc', kind: 'agent' };
    receive('presence.changed', { ...presence, online: false }, 'server');
    expect(machines()).toEqual({ pc: 'gone' });
    const before = sent.length;
    receive('presence.changed', { ...presence, user_id: 'usr_ben', online: true }, 'server');
    expect(sent).toHaveLength(before);
    receive('presence.changed', { ...presence, online: true }, 'server');
    expect(machines()).toEqual({ pc: 'asked' });
    receive('device.revoked', { device_id: 'pc' }, 'server');
    expect(machines()).toEqual({});
    expect(states()).toEqual([]);
  });

  it('after a new greeting, machines that are not there are gone', () => {
    const { greet, machines } = stage();
    greet(pc, { device_id: 'nas', kind: 'agent' });
    greet({ device_id: 'nas', kind: 'agent' });
    expect(machines()).toEqual({ pc: 'gone', nas: 'asked' });
  });
});

describe('what may be wanted', () => {
  const { report } = stage();
  it.each([
    ['in', 'waiting', 'asked', ['accept', 'refuse']],
    ['in', 'running', 'underWay', ['cancel']],
    ['in', 'done', 'ended', []],
    ['out', 'queued', 'underWay', ['retry', 'pause', 'cancel']],
    ['out', 'waiting', 'underWay', ['pause', 'cancel']],
    ['out', 'running', 'underWay', ['pause', 'cancel']],
    ['out', 'paused', 'underWay', ['resume', 'cancel']],
    ['out', 'failed', 'ended', ['retry']],
    ['out', 'done', 'ended', []],
  ])('%s, %s', (direction, state, place, wishes) => {
    const transfer = { ...report({ direction, state }), machine: 'pc' } as unknown as Transfer;
    expect(placeOf(transfer)).toBe(place);
    expect(wishesFor(transfer)).toEqual(wishes);
  });

  it('the average leaves out what was there already', () => {
    const done = { ...vector('share.done').payload, machine: 'pc' } as unknown as Transfer;
    expect(Math.round(averageRate(done))).toBe(Math.round((1_048_576 - 262_144) / 6.5));
  });
});
