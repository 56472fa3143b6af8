import { describe, expect, it } from 'vitest';
import { fileOf } from '../testing/direct_stage';
import { ContentReader, type Source } from './content_reader';

const content = Uint8Array.from({ length: 300_000 }, (_, index) => (index * 7919) & 255);
const gigabyte = 1e9;

/** Zeros without end, in pieces of 60 kB, and which streams of them were opened and given up. */
class Zeros implements Source {
  readonly size = gigabyte;
  readonly opened: [number, number][] = [];
  canceled = 0;

  slice(start: number, end: number) {
    this.opened.push([start, end]);
    let left = end - start;
    return {
      stream: () =>
        new ReadableStream<Uint8Array>({
          pull: (controller) => {
            const bytes = Math.min(left, 60_000);
            left -= bytes;
            if (bytes > 0) controller.enqueue(new Uint8Array(bytes));
            else controller.close();
          },
          cancel: () => {
            this.canceled += 1;
          },
        }),
    };
  }
}

describe('the content of a chosen file', () => {
  it('is read in any pieces, in order and from another place', async () => {
    const reader = new ContentReader(fileOf('a', content));
    let at = 0;
    for (const size of [1, 13, 100_000, 65_536, 134_450]) {
      const into = new Uint8Array(size);
      await reader.read(at, into);
      expect(into).toEqual(content.subarray(at, at + size));
      at += size;
    }
    expect(at).toBe(content.length);
    const again = new Uint8Array(10);
    await reader.read(5, again);
    expect(again).toEqual(content.subarray(5, 15));
    await reader.check();
  });

  it('comes from one stream over many pieces, and from a new one after 64 MiB', async () => {
    const zeros = new Zeros();
    const reader = new ContentReader(zeros);
    const piece = new Uint8Array(1_000_000);
    for (let at = 0; at < 70e6; at += piece.length) await reader.read(at, piece);
    expect(zeros.opened).toEqual([
      [0, 67_108_864],
      [67_108_864, 134_217_728],
    ]);
    reader.close();
    expect(zeros.canceled).toBe(1); // the first one was read to its end
  });

  it('is another one when the browser says so, or when it ends too early', async () => {
    const source = { size: 9, slice: () => new Blob([content.subarray(0, 8)]) };
    const short = new ContentReader(source).read(0, new Uint8Array(9));
    await expect(short).rejects.toMatchObject({ code: 'file_changed' });
    const broken = new ReadableStream<Uint8Array>({
      pull: () => {
        throw new Error('NotReadableError');
      },
    });
    const reader = new ContentReader({ size: 9, slice: () => ({ stream: () => broken }) });
    const refused = reader.read(0, new Uint8Array(9));
    await expect(refused).rejects.toMatchObject({ code: 'file_changed' });
  });

  it('is looked at once more after the last of several pieces', async () => {
    let changed = false;
    const file = fileOf('a', content);
    const slice = (start: number, end: number) => (changed ? new Blob() : file.slice(start, end));
    const reader = new ContentReader({ size: content.length, slice });
    await reader.read(0, new Uint8Array(150_000));
    await reader.check();
    await reader.read(150_000, new Uint8Array(150_000));
    changed = true;
    await expect(reader.check()).rejects.toMatchObject({ code: 'file_changed' });
  });
});
