import { beforeEach, describe, expect, it } from 'vitest';
import type { Command } from '../protocol/command';
import { readEvent } from '../protocol/event';
import { Rest } from '../protocol/rest';
import type { SharedTerminal } from '../protocol/shapes';
import {
  unseen,
  type TerminalFromWorker,
  type TerminalReport,
  type TerminalToWorker,
} from '../protocol/terminal';
import { CountingRandom, FakeServer, HandClock, MapStorage, settled } from '../testing/fakes';
import type { Terminal } from './terminal';
import { TerminalsModel } from './terminals';

const shared = (name: string, more: Partial<SharedTerminal> = {}): SharedTerminal => ({
  device_id: 'pc',
  user_id: 'usr_ana',
  username: 'ana',
  name,
  cols: 80,
  rows: 24,
  room_id: 'rom_1',
  ended: false,
  to_user_id: null,
  ...more,
});
const open: TerminalReport = {
  ...unseen,
  phase: 'open',
  session: 'ses_1',
  cols: 80,
  rows: 24,
  mayControl: true,
};

let server: FakeServer;
let clock: HandClock;
let posted: TerminalToWorker[];
let commands: Command[];
let say: (message: TerminalFromWorker) => void;
let storage: MapStorage;
let model: TerminalsModel;

function make(): TerminalsModel {
  const needs = {
    rest: new Rest(server.http),
    clock,
    random: new CountingRandom(),
    storage,
    send: (command: Command) => String(commands.push(command)),
    worker: (heard: (message: TerminalFromWorker) => void) => {
      say = heard;
      return (message: TerminalToWorker) => void posted.push(message);
    },
  };
  return new TerminalsModel(needs, 'usr_ben');
}

beforeEach(() => {
  server = new FakeServer();
  clock = new HandClock();
  posted = [];
  commands = [];
  storage = new MapStorage();
  model = make();
});

/** On the screen, and told of by the worker. */
function shown(report: Partial<TerminalReport> = {}): Terminal {
  model.show({ machine: 'pc', name: 'build', room: 'rom_1' });
  tell(report);
  const terminal = model.shown.get();
  if (!terminal) throw new Error('nothing is shown');
  return terminal;
}
const tell = (report: Partial<TerminalReport>) => {
  say({ type: 'terminal', id: 'id-1', report: { ...open, ...report } });
};
const heard = (what: string, payload: object, from = 'device:pc') => {
  const timestamp = '2026-01-04T23:00:00.000Z';
  const body = { session_id: 'ses_1', user_id: 'usr_ben', ...payload };
  model.received(readEvent({ type: `terminal.control.${what}`, from, timestamp, payload: body }));
};

describe('the list of shared terminals', () => {
  it('follows what is shared and what ends', async () => {
    server.answers.set('GET /api/terminals', { body: { terminals: [shared('a')] } });
    await model.list.load();
    const names = () =>
      model.list.state.get().value?.map(({ name, cols }) => `${name} ${String(cols)}`);
    const told = (terminal: SharedTerminal) => {
      model.received(readEvent({ type: 'terminal.shared', payload: terminal }));
    };
    told(shared('b'));
    told(shared('a', { cols: 100 }));
    expect(names()).toEqual(['b 80', 'a 100']);
    told(shared('b', { ended: true }));
    expect(names()).toEqual(['a 100']);
    server.answers.set('GET /api/terminals', { body: { terminals: [] } });
    model.welcomed();
    await settled();
    expect(names()).toEqual([]);
  });
});

describe('a terminal on the screen', () => {
  it('draws everything in its order, also what came before there was a screen', () => {
    const terminal = shown();
    const bytes = new Uint8Array([65]);
    say({ type: 'output', id: 'id-1', snapshot: true, bytes });
    tell({ cols: 100 });
    const drawn: string[] = [];
    terminal.drawOn({
      resize: (cols, rows) => drawn.push(`${String(cols)}x${String(rows)}`),
      output: (data, done) => {
        drawn.push(String(data.length));
        done();
      },
    });
    say({ type: 'output', id: 'id-1', snapshot: false, bytes });
    say({ type: 'output', id: 'another', snapshot: false, bytes });
    expect(drawn).toEqual(['80x24', '1', '100x24', '1']);
    expect(posted.filter(({ type }) => type === 'drawn')).toHaveLength(2);
    model.hide();
    expect(posted.at(-1)).toEqual({ type: 'unwatch', id: 'id-1' });
  });

  it('is asked for, and typed into for as long as its machine says so', () => {
    const terminal = shown();
    const keys = new Uint8Array([97]);
    const keyboard = () => terminal.state.get().keyboard;
    terminal.type(keys);
    terminal.ask();
    expect(commands.at(-1)).toEqual({
      type: 'terminal.control.request',
      to: 'device:pc',
      payload: { session_id: 'ses_1', user_id: 'usr_ben' },
    });
    expect(keyboard().state).toBe('asking');
    // The server's word alone opens nothing.
    heard('granted', { epoch: 3, expires_at: '2026-01-04T23:05:00.000Z' });
    expect(keyboard().state).toBe('asking');
    terminal.type(keys);
    expect(posted.filter(({ type }) => type === 'keys')).toEqual([]);
    tell({ epoch: 3, controller: 'ben' });
    expect(keyboard()).toEqual({ state: 'mine', until: clock.now() + 300_000 });
    terminal.type(keys);
    expect(posted.at(-1)).toEqual({ type: 'keys', id: 'id-1', bytes: keys });
    tell({});
    heard('revoked', { reason: 'revoked' });
    expect(keyboard()).toEqual({ state: 'lost', reason: 'revoked' });
  });

  it.each([
    ['the stream first', ['tell', 'grant']],
    ['the event first', ['grant', 'tell']],
  ])('knows how long it has the keyboard: %s', (_, order) => {
    const terminal = shown();
    terminal.ask();
    for (const what of order)
      if (what === 'tell') tell({ epoch: 1 });
      else heard('granted', { epoch: 1, expires_at: '2026-01-04T23:01:00.000Z' });
    expect(terminal.state.get().keyboard).toEqual({ state: 'mine', until: clock.now() + 60_000 });
  });

  it('hears a refusal, and that nobody could be asked', () => {
    const terminal = shown();
    terminal.ask();
    heard('denied', { reason: 'timed_out' }, 'device:other');
    expect(terminal.state.get().keyboard.state).toBe('asking');
    heard('denied', { reason: 'timed_out' });
    expect(terminal.state.get().keyboard).toEqual({ state: 'denied', reason: 'timed_out' });
    terminal.ask();
    const error = readEvent({
      type: 'system.error',
      reply_to: String(commands.length),
      payload: { code: 'peer_offline', message: 'no' },
    });
    expect(error.type === 'system.error' && model.refused(error)).toBe(true);
    expect(terminal.state.get().keyboard).toEqual({ state: 'denied', reason: 'peer_offline' });
  });

  it('is given back', () => {
    const terminal = shown({ epoch: 1 });
    terminal.giveBack();
    expect(commands.at(-1)?.type).toBe('terminal.control.revoked');
    expect(terminal.state.get().keyboard.state).toBe('none');
    tell({});
    expect(terminal.state.get().keyboard.state).toBe('none');
  });

  it('loses the keyboard with the connection', () => {
    const terminal = shown({ epoch: 1 });
    tell({ phase: 'retrying', epoch: null });
    expect(terminal.state.get().keyboard).toEqual({ state: 'lost', reason: 'connection_lost' });
    model.welcomed();
    expect(posted.at(-1)).toEqual({ type: 'watch_again', id: 'id-1' });
  });

  it('comes back when its machine announces it again', () => {
    shown({ phase: 'failed' });
    const announced = (more: Partial<SharedTerminal>) => {
      model.received(readEvent({ type: 'terminal.shared', payload: shared('build', more) }));
    };
    announced({ ended: true });
    announced({ device_id: 'other' });
    expect(posted.map(({ type }) => type)).toEqual(['watch']);
    announced({});
    expect(posted.map(({ type }) => type)).toEqual(['watch', 'watch_again']);
  });
});

describe('how the screen looks', () => {
  it('is kept', () => {
    model.setLook({ fit: false, fontPixels: 20 });
    expect(make().look.get()).toEqual({ fit: false, fontPixels: 20, screenReader: false });
    storage.set('mesh.terminal.look', '{"fontPixels":4000}');
    expect(make().look.get().fontPixels).toBe(32);
    storage.set('mesh.terminal.look', 'nonsense');
    expect(make().look.get().fit).toBe(true);
  });
});
