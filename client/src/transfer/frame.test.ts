import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { BadFrame, chunkFrame, FrameReader, jsonFrame } from './frame';

interface Vector {
  readonly name: string;
  readonly hex: string;
  readonly frames?: readonly { kind: string; text?: string; position?: number; data?: string }[];
  readonly error?: string;
}

const folder = new URL('../../../tests/vectors/frames/', import.meta.url);
const vectors = readdirSync(folder).map(
  (name) => JSON.parse(readFileSync(new URL(name, folder), 'utf8')) as Vector,
);

function cut(bytes: Uint8Array, step: number) {
  const reader = new FrameReader();
  const out = [];
  for (let at = 0; at < bytes.length; at += step) {
    reader.feed(bytes.subarray(at, at + step));
    for (let frame = reader.next(); frame; frame = reader.next())
      out.push(
        frame.kind === 'json' ? frame : { ...frame, data: Buffer.from(frame.data).toString('hex') },
      );
  }
  return out;
}

describe('frames', () => {
  it.each(vectors)('$name is cut as written down, in any pieces', ({ hex, frames, error }) => {
    const bytes = Uint8Array.from(Buffer.from(hex, 'hex'));
    for (const step of [1, 3, bytes.length]) {
      if (error === undefined) expect(cut(bytes, step)).toEqual(frames);
      else expect(() => cut(bytes, step)).toThrow(BadFrame);
    }
  });

  it('are written as they are read', () => {
    const chunk = chunkFrame(2 ** 40 + 5, Uint8Array.of(1, 2, 3));
    expect(Buffer.from(chunk).toString('hex')).toBe('0000000c010000010000000005010203');
    expect(cut(jsonFrame({ type: 'é' }), 2)).toEqual([{ kind: 'json', text: '{"type":"é"}' }]);
  });

  it('a message that is not UTF-8 is refused', () => {
    expect(() => cut(Uint8Array.of(0, 0, 0, 2, 0x7b, 0xff), 6)).toThrow(BadFrame);
  });
});
