import { beforeEach, describe, expect, it, vi } from 'vitest';
import { bytes, endpoint, fileOf, Stage, turn } from '../testing/direct_stage';

vi.setConfig({ testTimeout: 60_000 });

describe('a machine that cannot be reached', () => {
  let stage: Stage;
  beforeEach(() => {
    stage = new Stage();
    stage.relay.refuses = null;
    for (const url of endpoint.urls) stage.agent.dead.add(url);
  });
  const capturedNothingOf = (content: Uint8Array) => {
    const all = Buffer.concat(stage.relay.captured);
    for (let at = 0; at + 64 < content.length; at += 4096)
      if (all.includes(Buffer.from(content.subarray(at, at + 64)))) return false;
    return all.length > content.length;
  };

  it('gets a file through the relay, which reads nothing of it', async () => {
    const { told, until } = stage.send(fileOf('plan.pdf'));
    const done = await until('done');
    expect(stage.arrived(0)).toBe(true);
    expect(done).toMatchObject({ path: 'relayed', error: null });
    expect(told.some(({ state, path }) => state === 'running' && path === 'relayed')).toBe(true);
    expect(stage.relay.places).toEqual(['ses_1']);
    expect(capturedNothingOf(bytes)).toBe(true);
    expect(stage.key).toBe(endpoint.public_key);
  });

  it('is checked through the relay', async () => {
    const { path, address, roundTrips } = await stage.check();
    expect({ path, address }).toEqual({ path: 'relayed', address: '' });
    expect(roundTrips).toHaveLength(5);
  });

  it('is not asked for again at once, but a direct connection takes over when it can', async () => {
    stage.agent.manners.answer = () => null;
    const { told, until } = stage.send(fileOf('plan.pdf'));
    await until('waiting');
    expect(stage.agent.dialled).toHaveLength(2);
    await stage.later(31);
    await vi.waitFor(() => {
      expect(stage.agent.dialled).toHaveLength(4); // tried, still not there
    });
    while (stage.closed.length === 0) await turn(); // and given up
    expect(told.at(-1)).toMatchObject({ state: 'waiting', path: 'relayed' });
    stage.agent.dead.clear();
    stage.agent.manners.answer = () => ({ type: 'FILE_ACCEPT', offset: 0 });
    await stage.later(61);
    const done = await until('done');
    expect(done).toMatchObject({ path: 'direct', error: null });
    expect(stage.arrived(stage.agent.files.length - 1)).toBe(true);
    expect(told.every(({ state }) => state !== 'retrying' && state !== 'failed')).toBe(true);
  });

  it('waits for a direct connection that the browser holds back', async () => {
    stage.agent.manners.answer = () => null;
    const { told, until } = stage.send(fileOf('plan.pdf'));
    await until('waiting');
    stage.agent.dead.clear();
    const { promise, resolve } = Promise.withResolvers<undefined>();
    stage.agent.held = promise;
    await stage.later(31);
    await vi.waitFor(() => {
      expect(stage.agent.dialled).toHaveLength(3);
    });
    await stage.later(60);
    expect(stage.closed).toEqual([]);
    expect(told.at(-1)).toMatchObject({ state: 'waiting', path: 'relayed' });
    stage.agent.manners.answer = () => ({ type: 'FILE_ACCEPT', offset: 0 });
    resolve(undefined);
    expect(await until('done')).toMatchObject({ path: 'direct', error: null });
  });

  it('goes through the relay at once the next time', async () => {
    await stage.send(fileOf('a')).until('done');
    const dialled = stage.agent.dialled.length;
    stage.clock.pass(25_000); // idle
    await turn();
    await stage.send(fileOf('b')).until('done');
    expect(stage.agent.dialled).toHaveLength(dialled);
    expect(stage.relay.places).toHaveLength(2);
  });

  it('is not believed when somebody between puts in a key of their own', async () => {
    stage.relay.swaps = true;
    const { error } = await stage.send(fileOf('a')).until('failed');
    expect(error?.code).toBe('relay_tampered');
    expect(stage.agent.hellos).toEqual([]);
  });

  it('is not believed when somebody between changes a message', async () => {
    stage.relay.changes = 3;
    const { until } = stage.send(fileOf('a'));
    await until('retrying');
    expect(stage.arrived(0)).toBe(false);
  });

  it('is not believed under another key than last time', async () => {
    stage.key = 'another';
    expect((await stage.send(fileOf('a')).until('failed')).error?.code).toBe('key_changed');
  });

  it.each([
    ['relay_off', 'unreachable'],
    ['relay_quota', 'relay_quota'],
    ['peer_offline', 'unreachable'],
  ])('stays so when the server says %s', async (word, shown) => {
    stage.relay.refuses = word;
    expect((await stage.check()).error?.code).toBe(shown);
  });

  it('that is not what it says it is gets nothing through the relay either', async () => {
    stage.agent.dead.clear();
    stage.agent.manners.certificate = 'ef'.repeat(32);
    expect((await stage.check()).error?.code).toBe('bad_answer');
    expect(stage.relay.places).toEqual([]);
  });
});
