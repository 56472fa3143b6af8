/** The messages of terminals, as the golden vectors have them. */
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { BadFrame } from './frame';
import { parseMessage } from './message';

const folder = new URL('../../../tests/vectors/p2p/', import.meta.url);
/** What only a viewer says, this page never hears. */
const ours = new Set(['TERM_WATCH', 'TERM_SUGGEST']);
const vectors = readdirSync(folder)
  .filter((name) => name.startsWith('term_'))
  .map((name) => JSON.parse(readFileSync(new URL(name, folder), 'utf8')) as { json: Vector })
  .map(({ json }) => json)
  .filter(({ type }) => !ours.has(type));
interface Vector {
  readonly type: string;
}

describe('messages of a terminal', () => {
  it.each(vectors)('$type is read as it is written down', (json) => {
    expect(parseMessage(JSON.stringify(json))).toMatchObject(json);
  });
  it('are many', () => {
    expect(vectors.length).toBeGreaterThanOrEqual(8);
  });
  it.each([
    { type: 'TERM_RESIZE', cols: 0, rows: 24 },
    { type: 'TERM_RESIZE', cols: 80, rows: 1e6 },
    { type: 'TERM_STATE', watching: 'ann', hidden: false },
  ])('%j is refused', (json) => {
    expect(() => parseMessage(JSON.stringify(json))).toThrow(BadFrame);
  });
});
