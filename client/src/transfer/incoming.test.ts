import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { FileReport } from '../protocol/direct';
import { bytes, Stage, until, type Until } from '../testing/direct_stage';
import { blake3 } from './blake3';
import { DirectError } from './direct_error';
import type { Announced } from './file_receiver';
import { Incoming } from './incoming';
import type { Sink } from './landing';

/** Keeps what is written, as a disk would. */
class FakeSink implements Sink {
  readonly file: Announced;
  readonly blocks: Uint8Array[] = [];
  end: 'open' | 'finished' | 'aborted' = 'open';
  fails: DirectError | null = null;
  wrote: () => void = () => undefined;
  /** Nothing is written until it settles. */
  room: Promise<unknown> = Promise.resolve();

  constructor(file: Announced) {
    this.file = file;
  }

  async write(block: Uint8Array<ArrayBuffer>): Promise<void> {
    await this.room;
    if (this.fails) throw this.fails;
    this.blocks.push(block);
    this.wrote();
  }

  finish(): Promise<void> {
    this.end = 'finished';
    return Promise.resolve();
  }

  abort(): void {
    this.end = 'aborted';
  }

  get content(): Buffer {
    return Buffer.concat(this.blocks);
  }
}

class Taker {
  readonly sinks: FakeSink[] = [];
  readonly told: FileReport[] = [];
  readonly file: Incoming;
  readonly until: Until;
  opens: (sink: FakeSink) => void = () => undefined;

  constructor(stage: Stage, offer: string | null = 'offer-1', path = '') {
    const open = (announced: Announced) => {
      const sink = new FakeSink(announced);
      this.sinks.push(sink);
      this.opens(sink);
      return Promise.resolve(sink);
    };
    const tell = (report: FileReport) => this.told.push(report);
    this.file = new Incoming('id-1', { offer, path }, open, stage.clock, tell);
    this.until = until(this.told);
    stage.agent.offered = bytes;
    stage.taker.add(this.file);
  }
}

vi.setConfig({ testTimeout: 60_000 });

let stage: Stage;
beforeEach(() => {
  stage = new Stage();
});

const isWhole = (sink: FakeSink | undefined) =>
  sink?.end === 'finished' && Buffer.compare(sink.content, bytes) === 0;

describe('a file from a machine', () => {
  it('is written whole, and said to be so only then', async () => {
    const taker = new Taker(stage);
    const done = await taker.until('done');
    expect(stage.ways).toEqual(['in']);
    expect(stage.agent.asked).toEqual([{ type: 'FILE_GET', transfer_id: 'offer-1', path: '' }]);
    expect(isWhole(taker.sinks[0])).toBe(true);
    expect(taker.sinks[0]?.file).toEqual({ name: 'plan.pdf', size: 700_000, mtime: 1 });
    const hasher = await blake3();
    hasher.update(bytes);
    expect(done).toMatchObject({
      hash: hasher.hex(),
      offset: 700_000,
      stored: 'plan.pdf',
      told: { name: 'plan.pdf', size: 700_000 },
    });
    expect(stage.agent.verdicts).toMatchObject([{ ok: true, hash: hasher.hex() }]);
  });

  it('is asked for by its path under a name of our own', async () => {
    const taker = new Taker(stage, null, '/home/ana/plan.pdf');
    await taker.until('done');
    expect(stage.agent.asked[0]).toMatchObject({ transfer_id: 'id-1', path: '/home/ana/plan.pdf' });
  });

  it('that is not what its hash says is not finished, and the machine hears of it', async () => {
    stage.agent.manners.hash = '00'.repeat(32);
    const taker = new Taker(stage);
    const failed = await taker.until('failed');
    expect(failed.error?.code).toBe('hash_mismatch');
    expect(taker.sinks[0]?.end).toBe('aborted');
    expect(taker.sinks[0]?.content.length).toBeLessThan(bytes.length);
    expect(stage.agent.verdicts).toMatchObject([{ ok: false, code: 'hash_mismatch' }]);
  });

  it('goes on in the same place after a cut', async () => {
    const taker = new Taker(stage);
    taker.opens = (sink) => {
      sink.wrote = () => {
        sink.wrote = () => undefined;
        stage.agent.cut();
      };
    };
    await taker.until('retrying');
    stage.clock.pass(60_000);
    const done = await taker.until('done');
    expect(taker.sinks).toHaveLength(1);
    expect(isWhole(taker.sinks[0])).toBe(true);
    expect(done.before).toBeGreaterThan(0);
    const hasher = await blake3();
    hasher.update(bytes.subarray(0, done.before));
    expect(stage.agent.accepts[1]).toMatchObject({ offset: done.before, blocks: [hasher.hex()] });
  });

  it('waits for the last block of the attempt before', async () => {
    const slow = Promise.withResolvers<undefined>();
    const taker = new Taker(stage);
    taker.opens = (sink) => (sink.room = slow.promise);
    await taker.until('running');
    stage.taker.pause(taker.file);
    stage.taker.resume(taker.file);
    slow.resolve(undefined);
    await taker.until('done');
    expect(isWhole(taker.sinks[0])).toBe(true);
  });

  it('pauses and goes on, and is thrown away when it is canceled', async () => {
    stage.agent.manners.cutAt = 524_288;
    const taker = new Taker(stage);
    await taker.until('retrying');
    stage.taker.pause(taker.file);
    expect(taker.told.at(-1)?.state).toBe('paused');
    expect(taker.sinks[0]?.end).toBe('open');
    stage.taker.cancel(taker.file);
    expect(taker.told.at(-1)?.error?.code).toBe('canceled');
    expect(taker.sinks[0]?.end).toBe('aborted');
    stage.agent.manners.cutAt = Infinity;
    stage.taker.resume(taker.file);
    await taker.until('done');
    expect(taker.sinks).toHaveLength(2);
    expect(isWhole(taker.sinks[1])).toBe(true);
  });

  it('ends when the browser’s download was canceled, or the disk is full', async () => {
    for (const code of ['canceled', 'disk_full']) {
      const taker = new Taker(stage);
      taker.opens = (sink) => (sink.fails = new DirectError(code));
      expect((await taker.until('failed')).error?.code).toBe(code);
      expect(taker.sinks[0]?.end).toBe('aborted');
    }
  });

  it('that changed on its machine between two attempts is not glued together', async () => {
    stage.agent.manners.cutAt = 524_288;
    const taker = new Taker(stage);
    await taker.until('retrying');
    stage.agent.manners.meta = { ...stage.agent.manners.meta, mtime: 2 };
    stage.clock.pass(60_000);
    expect((await taker.until('failed')).error?.code).toBe('file_changed');
    expect(taker.sinks[0]?.end).toBe('aborted');
  });
});
