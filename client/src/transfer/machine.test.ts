import { beforeEach, describe, expect, it, vi } from 'vitest';
import { bytes, endpoint, fileOf, Stage, turn } from '../testing/direct_stage';
import { helloText } from './trust';

// Waits are counted in turns of the event loop, which are slow on a busy machine.
vi.setConfig({ testTimeout: 60_000 });

let stage: Stage;
beforeEach(() => {
  stage = new Stage();
});

describe('a file for a machine', () => {
  it('arrives whole after a proven greeting', async () => {
    const { until } = stage.send(fileOf('plan.pdf'));
    const done = await until('done');
    expect(stage.arrived(0)).toBe(true);
    expect(stage.agent.files[0]?.meta).toEqual({
      type: 'FILE_META',
      transfer_id: 'id-plan.pdf',
      name: 'plan.pdf',
      size: 700_000,
      hash: null,
      mtime: 1_767_567_600_000,
      mode: 0o644,
    });
    expect(done).toMatchObject({ offset: 700_000, before: 0, stored: 'plan.pdf', error: null });
    expect(done.hash).toBe(stage.agent.files[0]?.done?.hash);
    expect(stage.agent.hellos).toEqual([
      {
        type: 'P2P_HELLO',
        session_id: 'ses_1',
        token: 'token',
        version: 1,
        public_key: 'spki',
        proof: 'signed-1',
      },
    ]);
    const certificate = new Uint8Array(32).fill(0xcd);
    expect(stage.signed[0]).toEqual(helloText('ses_1', stage.agent.nonce, certificate));
    expect(stage.key).toBe(endpoint.public_key);
  });

  it('shares one connection with the next one, in turn', async () => {
    const first = stage.send(fileOf('a'));
    const second = stage.send(fileOf('b', new Uint8Array(0)));
    await first.until('done');
    await second.until('done');
    expect(stage.agent.hellos).toHaveLength(1);
    expect(stage.agent.files.map(({ meta }) => meta.name)).toEqual(['a', 'b']);
    stage.clock.pass(30_000);
    await turn();
    expect(stage.closed).toEqual(['ses_1']);
  });

  it('goes on by itself after a cut, where it stopped', async () => {
    stage.agent.manners.cutAt = 300_000;
    const { told, until } = stage.send(fileOf('plan.pdf'));
    const waiting = await until('retrying');
    expect(waiting.error?.code).toBe('connection_lost');
    stage.agent.manners.cutAt = Infinity;
    const kept = stage.agent.files[0]?.bytes.length ?? 0;
    stage.agent.manners.answer = () => ({ type: 'FILE_ACCEPT', offset: kept });
    stage.clock.pass(60_000);
    const done = await until('done');
    expect(done.before).toBe(kept);
    expect(kept).toBeGreaterThanOrEqual(300_000);
    expect(stage.arrived(1)).toBe(true);
    expect(stage.agent.files[1]?.meta.transfer_id).toBe('id-plan.pdf');
    expect(stage.sessions).toHaveLength(2);
    expect(told.some(({ state }) => state === 'comparing')).toBe(true);
  });

  it('goes on after a cut while it was compared, whatever that attempt still does', async () => {
    const gate = Promise.withResolvers<undefined>();
    const plain = fileOf('plan.pdf');
    const slow: typeof plain = {
      ...plain,
      slice: (start, end) => ({
        stream: () => {
          const held = new TransformStream<Uint8Array, Uint8Array>();
          const through = gate.promise.then(() =>
            plain.slice(start, end).stream().pipeTo(held.writable),
          );
          through.catch(() => undefined); // nobody reads it any more
          return held.readable;
        },
      }),
    };
    stage.agent.manners.answer = () => ({ type: 'FILE_ACCEPT', offset: 524_288 });
    const { told, until } = stage.send(slow);
    await until('comparing');
    stage.agent.cut();
    await until('retrying');
    gate.resolve(undefined);
    for (let turns = 0; turns < 100; turns++) await turn();
    expect(told.at(-1)?.state).toBe('retrying');
    stage.clock.pass(60_000);
    await until('done');
  });

  it.each([
    ['disk_full', { type: 'FILE_REJECT', code: 'disk_full', message: 'no room' }],
    ['bad_answer', { type: 'FILE_ACCEPT', offset: 1e9 }],
    ['bad_answer', { type: 'FILE_WANT_HASH', length: 3 }],
    ['bad_answer', { type: 'NONSENSE' }],
  ])('ends with %s when the machine says so', async (code, answer) => {
    stage.agent.manners.answer = () => answer;
    const failed = await stage.send(fileOf('a')).until('failed');
    expect(failed.error?.code).toBe(code);
  });

  it('is not done when another hash is confirmed', async () => {
    stage.agent.manners.verdict = () => ({ type: 'FILE_RESULT', ok: true, hash: '00', name: 'a' });
    expect((await stage.send(fileOf('a')).until('failed')).error?.code).toBe('hash_mismatch');
  });

  it('waits for the owner of the machine, and can be canceled meanwhile', async () => {
    stage.agent.manners.answer = () => null;
    const { file, until } = stage.send(fileOf('a'));
    await until('waiting');
    stage.machine.cancel(file);
    expect((await until('failed')).error?.code).toBe('canceled');
    stage.agent.manners.answer = () => ({ type: 'FILE_ACCEPT', offset: 0 });
    stage.machine.resume(file);
    await until('done');
  });

  it('is paused and goes on', async () => {
    stage.agent.manners.answer = () => null;
    const { file, until } = stage.send(fileOf('a'));
    await until('waiting');
    stage.machine.pause(file);
    await until('paused');
    stage.agent.manners.answer = () => ({ type: 'FILE_ACCEPT', offset: 0 });
    stage.machine.resume(file);
    expect((await until('done')).error).toBeNull();
    expect(stage.agent.hellos).toHaveLength(1);
  });

  it('that changed while it was read is not sent on', async () => {
    const file = fileOf('a');
    const shrunk = { ...file, slice: (start: number) => new Blob([bytes]).slice(start, start + 1) };
    expect((await stage.send(shrunk).until('failed')).error?.code).toBe('file_changed');
  });

  it('is tried again a few times while the machine is away, not for ever', async () => {
    stage.refuses = 'peer_offline';
    const { told, until } = stage.send(fileOf('a'));
    for (let tries = 0; told.at(-1)?.state !== 'failed'; tries++) {
      expect(tries).toBeLessThan(20);
      await turn();
      stage.clock.pass(60_000);
    }
    expect((await until('failed')).error?.code).toBe('peer_offline');
    expect(told.filter(({ state }) => state === 'retrying')).toHaveLength(8);
  });
});

describe('a connection', () => {
  it('is checked by round trips and named by the address that answered', async () => {
    stage.agent.dead.add(endpoint.urls[0] ?? '');
    const { state, address, roundTrips } = await stage.check();
    expect(state).toBe('done');
    expect(address).toBe('[2001:db8::1]:5000');
    expect(roundTrips).toHaveLength(5);
  });

  it('is given up when no address answers', async () => {
    for (const url of endpoint.urls) stage.agent.dead.add(url);
    expect((await stage.check()).error?.code).toBe('unreachable');
    stage.permission = 'denied';
    expect((await stage.check()).error?.code).toBe('permission_denied');
    expect(stage.agent.dialled).toEqual([...endpoint.urls, ...endpoint.urls]);
  });

  it('needs a machine that lets browsers in', async () => {
    stage.direct = false;
    expect((await stage.check()).error?.code).toBe('no_direct');
  });

  it('is not made to a machine with another key, until that is trusted', async () => {
    stage.key = 'another';
    expect((await stage.check()).error?.code).toBe('key_changed');
    expect(stage.agent.dialled).toEqual([]);
    stage.key = null;
    expect((await stage.check()).state).toBe('done');
  });

  it('is refused by a challenge for a certificate that was not published', async () => {
    stage.agent.manners.certificate = 'ef'.repeat(32);
    expect((await stage.check()).error?.code).toBe('bad_answer');
    expect(stage.signed).toEqual([]);
  });

  it('tells the word with which the machine refuses', async () => {
    stage.agent.manners.deny = { code: 'token_replayed', message: 'once is enough' };
    const { error } = await stage.check();
    expect(error).toEqual({ code: 'token_replayed', detail: 'once is enough' });
    expect(stage.closed).toEqual(['ses_1']);
  });

  it('is renewed every minute with what the server gives', async () => {
    await stage.check();
    stage.agent.manners.answer = () => null;
    const { file, until } = stage.send(fileOf('a'));
    await until('waiting');
    for (let second = 0; second < 61; second++) {
      stage.clock.pass(1_000);
      // The heartbeat's answer must come before the clock goes on.
      for (let turns = 0; turns < 20; turns++) await turn();
    }
    expect(stage.renewals).toEqual(['ses_1']);
    await stage.machine.renewed('ses_other', 'no');
    await stage.machine.renewed('ses_1', 'fresh');
    for (let turns = 0; turns < 20; turns++) await turn();
    expect(stage.agent.renewals).toEqual([
      { type: 'SESSION_RENEW', session_id: 'ses_1', token: 'fresh' },
    ]);
    for (let turns = 0; turns < 20; turns++) await turn();
    expect(file.state).toBe('waiting');
    expect(stage.sessions).toHaveLength(1);
  });

  it('that answers no heartbeat any more is lost', async () => {
    stage.agent.manners.answer = () => null;
    stage.agent.manners.pings = false;
    const { until } = stage.send(fileOf('a'));
    await until('waiting');
    stage.clock.pass(10_000);
    expect((await until('retrying')).error?.code).toBe('connection_lost');
  });
});
