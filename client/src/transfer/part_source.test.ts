import { describe, expect, it } from 'vitest';
import { DirectError } from './direct_error';
import { chunkFrame, jsonFrame } from './frame';
import { PartSource } from './part_source';

const content = Uint8Array.from({ length: 300_000 }, (_, index) => (index * 7919) & 255);
const done = { type: 'FILE_DONE', hash: 'ab', size: content.length };
const whole = Buffer.concat([
  jsonFrame({ type: 'FILE_PROGRESS', offset: 0 }),
  chunkFrame(0, content.subarray(0, 262_144)),
  chunkFrame(262_144, content.subarray(262_144)),
  jsonFrame(done),
]);

function cut(bytes: Uint8Array, sizes: () => number): ReadableStream<Uint8Array> {
  let at = 0;
  return new ReadableStream({
    pull: (controller) => {
      const size = sizes();
      if (at >= bytes.length) controller.close();
      else controller.enqueue(Uint8Array.from(bytes.subarray(at, at + size)));
      at += size;
    },
  });
}

/** Everything in one line each, content joined. */
async function read(source: PartSource): Promise<{ words: string[]; bytes: Uint8Array }> {
  const words: string[] = [];
  const pieces: Uint8Array[] = [];
  for (let part = await source.next(); part; part = await source.next()) {
    if (part.kind === 'message') words.push(part.message.type);
    if (part.kind === 'chunk') words.push(`${String(part.offset)}+${String(part.bytes)}`);
    if (part.kind === 'content') pieces.push(part.bytes.slice());
  }
  return { words, bytes: Buffer.concat(pieces) };
}

const expected = ['FILE_PROGRESS', '0+262144', '262144+37856', 'FILE_DONE'];

describe('what a machine sends', () => {
  it('is the same however the stream is cut', async () => {
    let seed = 20_260_105;
    const random = () => (seed = (seed * 1_103_515_245 + 12_345) & 0x7fff_ffff) / 0x8000_0000;
    const sizes = [() => 100_000, () => whole.length, () => 1 + Math.floor(random() * 5_000)];
    for (const size of sizes) {
      const { words, bytes } = await read(new PartSource(cut(whole, size)));
      expect(words).toEqual(expected);
      expect(Buffer.compare(bytes, content)).toBe(0);
    }
  });

  it('is read into one buffer where the browser can', async () => {
    let at = 0;
    const readable = new ReadableStream({
      type: 'bytes',
      pull: (controller) => {
        const size = 50_000;
        controller.enqueue(Uint8Array.from(whole.subarray(at, at + size)));
        at += size;
        if (at >= whole.length) controller.close();
      },
    });
    const { words, bytes } = await read(new PartSource(readable));
    expect(words).toEqual(expected);
    expect(Buffer.compare(bytes, content)).toBe(0);
  });

  it('is refused when it makes no sense', async () => {
    const u32 = (length: number, ...rest: number[]) =>
      Uint8Array.from([
        length >>> 24,
        (length >>> 16) & 255,
        (length >>> 8) & 255,
        length & 255,
        ...rest,
      ]);
    const broken = {
      'an empty frame': u32(0, 0x7b),
      'a frame that is too long': u32(1 + 8 + 262_144 + 1, 1),
      'a kind that nobody knows': u32(10, 9),
      'content of a terminal': u32(10, 2, 0, 0, 0, 0, 0, 0, 0, 0, 1),
      'a message that is none': u32(3, 0x7b, 0x7b, 0x7b),
      'a message that is not UTF-8': u32(2, 0x7b, 0xff),
    };
    for (const [name, bytes] of Object.entries(broken)) {
      const failure = read(new PartSource(cut(bytes, () => 100)));
      await expect(failure, name).rejects.toMatchObject({ code: 'bad_answer' });
    }
  });

  it('is lost when it ends in the middle', async () => {
    for (const end of [3, 30, whole.length - 1]) {
      const failure = read(new PartSource(cut(whole.subarray(0, end), () => 1000)));
      await expect(failure).rejects.toBeInstanceOf(DirectError);
    }
  });
});
