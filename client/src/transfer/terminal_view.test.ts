import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { TerminalReport } from '../protocol/terminal';
import { soon, Stage, turn } from '../testing/direct_stage';
import type { FakeTerminal } from '../testing/fake_terminal';
import { TerminalView } from './terminal_view';

// Waits are counted in turns of the event loop, which are slow on a busy machine.
vi.setConfig({ testTimeout: 60_000 });

const bytes = (text: string) => new TextEncoder().encode(text);

let stage: Stage;
let view: TerminalView;
let told: TerminalReport[];
let output: string;
let snapshots: number;

beforeEach(() => {
  stage = new Stage();
  told = [];
  output = '';
  snapshots = 0;
  const place = { machine: 'pc', name: 'build', room: 'rom_1' };
  view = new TerminalView(place, stage.ports, {
    told: (report) => told.push(report),
    output: (data, snapshot) => {
      output += new TextDecoder().decode(data);
      if (snapshot) snapshots += 1;
    },
  });
});
afterEach(() => {
  view.end();
});

const now = () => told.at(-1);
const until = (phase: TerminalReport['phase']) => soon(phase, () => now()?.phase === phase);

/** The number of streams that the page opened, and the newest. */
async function stream(count = 1): Promise<FakeTerminal> {
  await soon(`stream ${String(count)}`, () => stage.agent.terminals.length === count);
  const found = stage.agent.terminals[count - 1];
  if (!found) throw new Error('no stream');
  return found;
}

async function opened(count = 1): Promise<FakeTerminal> {
  const terminal = await stream(count);
  await terminal.open();
  await until('open');
  return terminal;
}

describe('a terminal that is looked at', () => {
  it('is asked for by name, and comes with its size, its screen and its people', async () => {
    void view.run();
    const terminal = await opened();
    expect(stage.ways).toEqual(['terminal']);
    await terminal.output('\x1bcscreen', 0x04);
    await terminal.output(' and more');
    await soon('output', () => output === '\x1bcscreen and more');
    expect(snapshots).toBe(1);
    expect(terminal.heard).toEqual([{ type: 'TERM_WATCH', on: true, name: 'build' }]);
    expect(now()).toMatchObject({ cols: 80, rows: 24, mayControl: true, session: 'ses_1' });
    await soon('watching', () => now()?.watching[0] === 'ben');
    await soon('round trip', () => now()?.roundTrip !== null);
    await terminal.say({ type: 'TERM_RESIZE', cols: 100, rows: 30 });
    await soon('size', () => now()?.cols === 100 && now()?.rows === 30);
  });

  it('gets keys only under its lease, and long ones in pieces', async () => {
    void view.run();
    const terminal = await opened();
    view.type(bytes('no'));
    await terminal.say({
      type: 'TERM_STATE',
      watching: [],
      controller: 'ben',
      epoch: 7,
      hidden: false,
      recorded: true,
    });
    await soon('epoch', () => now()?.epoch === 7);
    expect(now()?.recorded).toBe(true);
    view.type(bytes('ls\r'));
    view.type(bytes('x'.repeat(70_000)));
    await soon('keys', () => terminal.keys.length === 3);
    expect(terminal.keys.map(({ text }) => text.length)).toEqual([3, 65_536, 4_464]);
    expect(terminal.keys.every(({ epoch }) => epoch === 7)).toBe(true);
    await terminal.say({ type: 'TERM_STATE', watching: [], hidden: false });
    await soon('no epoch', () => now()?.epoch === null);
    view.type(bytes('late'));
    view.suggest('git status');
    await soon('suggestion', () => terminal.heard.length === 2);
    expect(terminal.heard[1]).toEqual({ type: 'TERM_SUGGEST', text: 'git status' });
    expect(terminal.keys).toHaveLength(3);
    view.askSize({ cols: 132, rows: 43 });
    await soon('wish', () => terminal.heard.length === 3);
    expect(terminal.heard[2]).toEqual({ type: 'TERM_RESIZE', cols: 132, rows: 43 });
    const asked = { cols: 132, rows: 43 };
    await terminal.say({ type: 'TERM_STATE', watching: [], hidden: false, asked });
    await soon('asked', () => now()?.asked?.cols === 132);
    expect(now()).toMatchObject({ cols: 80, rows: 24, asked });
    await terminal.say({ type: 'TERM_STATE', watching: [], hidden: false });
    await soon('answered', () => now()?.asked === null);
  });

  it('waits while the page has not drawn what came', async () => {
    void view.run();
    const terminal = await opened();
    const piece = 'y'.repeat(262_144);
    for (let sent = 0; sent < 6; sent++) void terminal.output(piece);
    await soon('a full table', () => output.length >= 1_048_576);
    for (let turns = 0; turns < 50; turns++) await turn();
    expect(output.length).toBe(4 * piece.length);
    view.drawn(output.length);
    await soon('the rest', () => output.length === 6 * piece.length);
  });

  it('is taken up again in a new session after a cut, without the keyboard', async () => {
    void view.run();
    const terminal = await opened();
    await terminal.say({
      type: 'TERM_STATE',
      watching: [],
      controller: 'ben',
      epoch: 7,
      hidden: false,
    });
    await soon('epoch', () => now()?.epoch === 7);
    stage.agent.cut();
    await until('retrying');
    expect(now()).toMatchObject({ epoch: null, error: { code: 'connection_lost' } });
    stage.clock.pass(30_000);
    await opened(2);
    expect(stage.agent.hellos.map(({ session_id }) => session_id)).toEqual(['ses_1', 'ses_2']);
    expect(stage.closed).toEqual(['ses_1']);
    expect(now()?.error).toBeNull();
  });

  it('that a starting machine does not know yet is asked for again; one that was never seen is not', async () => {
    void view.run();
    const refusal = { type: 'TERM_REFUSED', code: 'terminal_unknown', message: 'no' };
    await (await stream()).say(refusal);
    await until('failed');
    view.again();
    await opened(2);
    stage.agent.cut();
    await until('retrying');
    view.again();
    await (await stream(3)).say(refusal);
    await soon('retrying', () => now()?.error?.code === 'terminal_unknown');
    expect(now()?.phase).toBe('retrying');
  });

  it('ends with its shell', async () => {
    const run = view.run();
    const terminal = await opened();
    await terminal.say({ type: 'TERM_EXIT', code: 3 });
    await terminal.finish();
    await run;
    expect(now()).toMatchObject({ phase: 'ended', exit: { code: 3, signal: null } });
    expect(stage.closed).toEqual(['ses_1']);
  });

  it('that sends something else is not understood', async () => {
    void view.run();
    const terminal = await stream();
    await terminal.say({ type: 'TERM_OPEN', name: 'x', cols: 100_000, rows: 1, control: true });
    await until('failed');
    expect(now()?.error?.code).toBe('bad_answer');
  });

  it('is left at once', async () => {
    const run = view.run();
    await opened();
    view.end();
    await run;
    expect(stage.closed).toEqual(['ses_1']);
  });
});
