import { describe, expect, it } from 'vitest';
import { blake3 } from './blake3';
import { FileSender } from './file_sender';
import { chunkBytes } from './frame';
import type { FileMeta } from './message';

const content = Uint8Array.from({ length: 600_000 }, (_, index) => (index * 7919) & 255);
const meta: FileMeta = {
  type: 'FILE_META',
  transfer_id: 't-1',
  name: 'plan.pdf',
  size: content.length,
  hash: null,
  mtime: 1,
  mode: 0o644,
};

async function hashOf(end: number): Promise<string> {
  const hasher = await blake3();
  hasher.update(content.subarray(0, end));
  return hasher.hex();
}

/** What is sent, as [offset, size], when the receiver accepts like this. */
async function sent(accept: { offset: number; blocks?: string[]; block_bytes?: number }) {
  const sender = new FileSender(meta, await blake3());
  expect(sender.next()).toBeNull();
  const { offset, blocks = null, block_bytes = null } = accept;
  sender.onMessage({ type: 'FILE_ACCEPT', offset, blocks, block_bytes });
  const pieces: [number, number][] = [];
  for (let piece = sender.next(); piece; piece = sender.next()) {
    if (piece.send) pieces.push([piece.offset, piece.size]);
    sender.took(content.subarray(piece.offset, piece.offset + piece.size));
  }
  expect(sender.allRead).toBe(true);
  expect(sender.done().hash).toBe(await hashOf(content.length));
  return { pieces, sender };
}

describe('a file that is sent', () => {
  it('goes whole, in chunks', async () => {
    const { pieces, sender } = await sent({ offset: 0 });
    expect(pieces).toEqual([
      [0, chunkBytes],
      [chunkBytes, chunkBytes],
      [2 * chunkBytes, 600_000 - 2 * chunkBytes],
    ]);
    sender.onMessage(result({ hash: sender.hash, name: 'plan (1).pdf' }));
    expect(sender.phase).toBe('finished');
    expect(sender.nameThere).toBe('plan (1).pdf');
  });

  it('goes on behind what the receiver has and is the same', async () => {
    const blocks = [await hashOf(200_000), await hashOf(400_000), await hashOf(450_000)];
    const { pieces } = await sent({ offset: 450_000, blocks, block_bytes: 200_000 });
    expect(pieces).toEqual([[450_000, 150_000]]);
  });

  it('goes on behind the last block that agrees', async () => {
    const blocks = [await hashOf(200_000), '00'.repeat(32), await hashOf(450_000)];
    const { pieces } = await sent({ offset: 450_000, blocks, block_bytes: 200_000 });
    expect(pieces[0]).toEqual([200_000, chunkBytes]);
  });

  it('begins anew when nothing agrees', async () => {
    const { pieces } = await sent({ offset: 9, blocks: ['00'.repeat(32)], block_bytes: 16 });
    expect(pieces[0]).toEqual([0, chunkBytes]);
  });

  it('is not sent when all of it is there', async () => {
    const blocks = [await hashOf(content.length)];
    const { pieces, sender } = await sent({ offset: 600_000, blocks, block_bytes: 1 << 24 });
    expect(pieces).toEqual([]);
    expect(sender.start).toBe(600_000);
  });
});

const result = (more: object) => ({
  type: 'FILE_RESULT' as const,
  ok: true,
  hash: null,
  code: null,
  message: null,
  name: null,
  ...more,
});

describe('a receiver that says nonsense or refuses', () => {
  it.each([
    ['more than the file', { offset: 600_001, blocks: null, block_bytes: null }],
    ['less than nothing', { offset: -1, blocks: null, block_bytes: null }],
    ['blocks of nothing', { offset: 5, blocks: ['a'], block_bytes: 0 }],
    ['too few blocks', { offset: 50, blocks: ['a'], block_bytes: 10 }],
  ])('claims %s', async (_, accept) => {
    const sender = new FileSender(meta, await blake3());
    expect(() => {
      sender.onMessage({ type: 'FILE_ACCEPT', ...accept });
    }).toThrow(expect.objectContaining({ code: 'bad_answer' }));
  });

  it('is told apart by its own word', async () => {
    const sender = new FileSender(meta, await blake3());
    expect(() => {
      sender.onMessage({ type: 'FILE_REJECT', code: 'disk_full', message: '' });
    }).toThrow(expect.objectContaining({ code: 'disk_full' }));
    expect(() => {
      sender.onMessage(result({ ok: false, code: 'denied' }));
    }).toThrow(expect.objectContaining({ code: 'denied' }));
  });

  it('cannot confirm another hash, nor before the end', async () => {
    const sender = new FileSender({ ...meta, size: 0 }, await blake3());
    sender.onMessage({ type: 'FILE_ACCEPT', offset: 0, blocks: null, block_bytes: null });
    expect(() => {
      sender.onMessage(result({ hash: 'x' }));
    }).toThrow(expect.objectContaining({ code: 'bad_answer' }));
    sender.done();
    expect(() => {
      sender.onMessage(result({ hash: 'x' }));
    }).toThrow(expect.objectContaining({ code: 'hash_mismatch' }));
  });

  it('may not name bytes that were not sent', async () => {
    const sender = new FileSender(meta, await blake3());
    sender.onMessage({ type: 'FILE_PROGRESS', offset: 0 });
    sender.onMessage({ type: 'FILE_PROGRESS', offset: 100 });
    sender.onMessage({ type: 'FILE_PROGRESS', offset: 100 });
    expect(() => {
      sender.onMessage({ type: 'FILE_PROGRESS', offset: meta.size + 1 });
    }).toThrow(expect.objectContaining({ code: 'bad_answer' }));
    sender.onMessage({ type: 'FILE_ACCEPT', offset: 0, blocks: null, block_bytes: null });
    expect(() => {
      sender.onMessage({ type: 'FILE_PROGRESS', offset: 1 });
    }).toThrow(expect.objectContaining({ code: 'bad_answer' }));
  });
});
