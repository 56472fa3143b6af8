import { describe, expect, it } from 'vitest';
import { Landing, type Sink } from './landing';

const blockBytes = 262_144;

/** Is through with a block once the next but one has come. */
class ReturningSink implements Sink {
  readonly seen: Uint8Array[] = [];
  readonly buffers = new Set<ArrayBuffer>();
  readonly #kept: Uint8Array<ArrayBuffer>[] = [];

  write(block: Uint8Array<ArrayBuffer>): Promise<void> {
    this.seen.push(block.slice());
    this.buffers.add(block.buffer);
    this.#kept.push(block);
    return Promise.resolve();
  }
  spare(): Uint8Array<ArrayBuffer> | undefined {
    return this.#kept.length > 2 ? this.#kept.shift() : undefined;
  }
  finish(): Promise<void> {
    return Promise.resolve();
  }
  abort(): void {
    this.seen.length = 0;
  }
}

const unseeing = {
  update: () => undefined,
  hex: () => 'right',
  save: () => new Uint8Array(0),
  load: () => undefined,
};

describe('content that lands in a sink', () => {
  it('fills blocks again that the sink is through with', async () => {
    const sink = new ReturningSink();
    const landing = new Landing(unseeing, sink);
    const content = new Uint8Array(20 * blockBytes + 7).map((_, at) => at % 251);
    for (let at = 0; at < content.length; at += 100_000)
      await landing.take(content.subarray(at, at + 100_000));
    await landing.finish('right');
    expect(Buffer.compare(Buffer.concat(sink.seen), content)).toBe(0);
    expect(sink.buffers.size).toBeLessThan(7);
  });
});
