import { describe, expect, it } from 'vitest';
import { FileReceiver, type Kept } from './file_receiver';
import type { Message, MessageOf } from './message';

const mebibyte = 1024 * 1024;
const file = { name: 'plan.pdf', size: 40 * mebibyte, mtime: 7 };
const meta = (more: Partial<MessageOf<'FILE_META'>> = {}): Message => ({
  type: 'FILE_META',
  transfer_id: 't-1',
  mode: 0o644,
  ...file,
  ...more,
});
const kept = (offset: number): Kept => ({ file, offset, hash: 'ab'.repeat(32) });
const code = (work: () => unknown): string => {
  try {
    work();
  } catch (thrown) {
    return (thrown as { code: string }).code;
  }
  return 'nothing';
};

describe('a file that comes', () => {
  it('is taken in order up to its end', () => {
    const receiver = new FileReceiver('t-1', null);
    expect(receiver.onMessage(meta())).toEqual({ type: 'FILE_ACCEPT', offset: 0 });
    receiver.onChunk(0, 30 * mebibyte);
    receiver.onChunk(30 * mebibyte, 10 * mebibyte);
    expect(receiver.onMessage({ type: 'FILE_DONE', hash: 'cd', size: file.size })).toBeNull();
    expect(receiver.phase).toBe('done');
    expect(receiver.hash).toBe('cd');
  });

  it('goes on behind what is here, named by one block that agents take', () => {
    for (const [offset, block_bytes] of [
      [mebibyte, 16 * mebibyte],
      [20 * mebibyte, 20 * mebibyte],
    ] as const) {
      const receiver = new FileReceiver('t-1', kept(offset));
      expect(receiver.onMessage(meta())).toEqual({
        type: 'FILE_ACCEPT',
        offset,
        block_bytes,
        blocks: ['ab'.repeat(32)],
      });
      receiver.onMessage({ type: 'FILE_PROGRESS', offset: 1000 });
      receiver.onChunk(offset, 10);
    }
  });

  it('is another one when its machine begins anew, or says so', () => {
    const begun = new FileReceiver('t-1', kept(mebibyte));
    begun.onMessage(meta());
    expect(
      code(() => {
        begun.onChunk(0, 10);
      }),
    ).toBe('file_changed');
    for (const more of [{ size: 1 }, { mtime: 8 }])
      expect(code(() => new FileReceiver('t-1', kept(mebibyte)).onMessage(meta(more)))).toBe(
        'file_changed',
      );
  });

  it('is refused by the machine in its own words', () => {
    const refused: Message = { type: 'FILE_REJECT', code: 'get_refused', message: '' };
    expect(code(() => new FileReceiver('t-1', null).onMessage(refused))).toBe('get_refused');
  });

  it('is not believed when what comes has no place', () => {
    const open = (offset = 0) => {
      const receiver = new FileReceiver('t-1', offset > 0 ? kept(offset) : null);
      receiver.onMessage(meta());
      return receiver;
    };
    const done: Message = { type: 'FILE_DONE', hash: 'cd', size: file.size };
    const lies: Record<string, [() => unknown, string]> = {
      'another transfer': [
        () => new FileReceiver('t-1', null).onMessage(meta({ transfer_id: 't-2' })),
        'bad_answer',
      ],
      'no name': [() => new FileReceiver('t-1', null).onMessage(meta({ name: '' })), 'bad_answer'],
      'a second FILE_META': [() => open().onMessage(meta()), 'bad_answer'],
      'content before FILE_META': [
        () => {
          new FileReceiver('t-1', null).onChunk(0, 1);
        },
        'bad_answer',
      ],
      'a gap': [
        () => {
          open().onChunk(5, 1);
        },
        'bad_answer',
      ],
      'an empty piece': [
        () => {
          open().onChunk(0, 0);
        },
        'bad_answer',
      ],
      'more than was said': [
        () => {
          open().onChunk(0, file.size + 1);
        },
        'bad_answer',
      ],
      'the same again': [
        () => {
          const receiver = open(mebibyte);
          receiver.onChunk(mebibyte, 10);
          receiver.onChunk(mebibyte, 10);
        },
        'bad_answer',
      ],
      'an end before the end': [() => open().onMessage(done), 'size_mismatch'],
      'an end before the beginning': [
        () => new FileReceiver('t-1', null).onMessage(done),
        'bad_answer',
      ],
      'progress beyond what is kept': [
        () => open().onMessage({ type: 'FILE_PROGRESS', offset: 1 }),
        'bad_answer',
      ],
      'a question': [() => open().onMessage({ type: 'FILE_WANT_HASH', length: 1 }), 'bad_answer'],
    };
    for (const [name, [lie, expected]] of Object.entries(lies))
      expect(code(lie), name).toBe(expected);
  });
});
