import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { TerminalReport } from '../protocol/terminal';
import { bytes, endpoint, fileOf, soon, Stage, turn } from '../testing/direct_stage';
import type { FakeTerminal } from '../testing/fake_terminal';
import { Machine } from './machine';
import { Outgoing } from './outgoing';
import { TerminalView } from './terminal_view';

// Waits are counted in turns of the event loop, which are slow on a busy machine.
vi.setConfig({ testTimeout: 60_000 });

const place = { machine: 'pc', name: 'build', room: 'rom_1' };
let stage: Stage;
let view: TerminalView | null;
let told: TerminalReport[];
let output: string;

beforeEach(() => {
  stage = new Stage();
  stage.relay.refuses = null;
  view = null;
  told = [];
  output = '';
});
afterEach(() => {
  view?.end();
});

const now = () => told.at(-1);

function look(ports = stage.ports): TerminalView {
  view = new TerminalView(place, ports, {
    told: (report) => told.push(report),
    output: (data) => (output += new TextDecoder().decode(data)),
  });
  void view.run();
  return view;
}

async function opened(count = 1): Promise<FakeTerminal> {
  await soon(`stream ${String(count)}`, () => stage.agent.terminals.length === count);
  const terminal = stage.agent.terminals[count - 1];
  if (!terminal) throw new Error('no stream');
  await terminal.open();
  await soon('open', () => now()?.phase === 'open' && now()?.watching[0] === 'ben');
  return terminal;
}

const lease = (epoch?: number) => ({ type: 'TERM_STATE', watching: [], hidden: false, epoch });

describe('a terminal of a machine that cannot be reached', () => {
  beforeEach(() => {
    for (const url of endpoint.urls) stage.agent.dead.add(url);
  });

  it('is seen through the relay, which reads nothing of it', async () => {
    look();
    const terminal = await opened();
    expect(now()).toMatchObject({ path: 'relayed', address: '', session: 'ses_1' });
    const text = 'what nobody else may read '.repeat(20);
    await terminal.output(text);
    await soon('output', () => output === text);
    view?.suggest('make test');
    await soon('suggestion', () => terminal.heard.length === 2);
    const captured = Buffer.concat(stage.relay.captured).toString('latin1');
    expect(captured.includes('nobody else')).toBe(false);
    expect(captured.includes('make test')).toBe(false);
  });

  it('is seen straight once there is a way, and nothing is said of a cut', async () => {
    look();
    await opened();
    stage.agent.dead.clear();
    await stage.later(31);
    const terminal = await opened(2);
    await soon('direct', () => now()?.path === 'direct' && now()?.session === 'ses_2');
    await terminal.output('again', 0x04);
    await soon('output', () => output === 'again');
    expect(told.some(({ phase }) => phase === 'retrying' || phase === 'failed')).toBe(false);
    await soon('the end of the first session', () => stage.closed.includes('ses_1'));
  });

  it.each([
    ['while its viewer types', (terminal: FakeTerminal) => terminal.say(lease(7)), () => lease()],
    ['while the keyboard is asked for', () => Promise.resolve(view?.asks(true)), () => null],
  ])('does not change its session %s', async (_, begin, end) => {
    look();
    const terminal = await opened();
    await begin(terminal);
    await stage.later(2);
    stage.agent.dead.clear();
    await stage.later(60);
    expect(stage.agent.terminals).toHaveLength(1);
    expect(now()).toMatchObject({ path: 'relayed', phase: 'open' });
    const given = end();
    if (given) await terminal.say(given);
    else view?.asks(false);
    await stage.later(31);
    await opened(2);
    expect(now()?.path).toBe('direct');
  });

  it('is not asked for directly again when a file just was not', async () => {
    await stage.send(fileOf('a', new Uint8Array(0))).until('done');
    const { length } = stage.agent.dialled;
    look();
    await opened();
    expect(stage.agent.dialled).toHaveLength(length);
  });
});

describe('a browser without WebTransport', () => {
  const without = () => ({ ...stage.ports, dial: null });

  it('sees terminals through the relay, and looks for no other way', async () => {
    look(without());
    await opened();
    expect(now()?.path).toBe('relayed');
    await stage.later(65);
    expect(stage.agent.terminals).toHaveLength(1);
    expect(stage.agent.dialled).toEqual([]);
  });

  it('sends files through the relay', async () => {
    const reports: { state: string; path: string | null }[] = [];
    const file = new Outgoing('1', fileOf('plan.pdf'), stage.clock, (it) => reports.push(it));
    new Machine('pc', 'out', without()).add(file);
    await soon('the end', () => reports.at(-1)?.state === 'done');
    expect(reports.at(-1)?.path).toBe('relayed');
    expect(Buffer.compare(stage.agent.files[0]?.bytes ?? bytes.subarray(0, 0), bytes)).toBe(0);
  });

  it.each([
    ['relay_off', 'failed', 'no_webtransport'],
    ['peer_offline', 'retrying', 'peer_offline'],
    ['relay_quota', 'failed', 'relay_quota'],
  ])('says what is wrong when the server says %s', async (word, phase, shown) => {
    stage.relay.refuses = word;
    look(without());
    await soon(phase, () => now()?.phase === phase);
    await turn();
    expect(now()?.error?.code).toBe(shown);
  });
});
