import { describe, expect, it } from 'vitest';
import { bytes, duration } from './amounts';
import { en } from './en';
import { fr } from './fr';
import { daysBetween, relative } from './time';

type Tree = { readonly [name: string]: string | Tree };

function flat(tree: Tree, path = ''): Map<string, string> {
  const out = new Map<string, string>();
  for (const [name, value] of Object.entries(tree)) {
    if (typeof value === 'string') out.set(path + name, value);
    else for (const [key, text] of flat(value, `${path}${name}.`)) out.set(key, text);
  }
  return out;
}

const english = flat(en);
const french = flat(fr);
const values = (text = '') => [...text.matchAll(/{{(\w+)}}/g)].map(([, name]) => name).sort();

describe('the two languages', () => {
  it('have the same keys', () => {
    expect([...french.keys()]).toEqual([...english.keys()]);
  });

  it.each([...english.keys()])('%s carries the same values in both', (key) => {
    expect(values(french.get(key))).toEqual(values(english.get(key)));
    expect(french.get(key)).not.toBe('');
  });

  it('French keeps its spaces before double punctuation from breaking', () => {
    const broken = [...french].filter(([, text]) => / [:;?!»]|« (?!\u00a0)/.test(text));
    expect(broken.map(([key]) => key)).toEqual([]);
  });

  it('apostrophes are typographic', () => {
    const straight = [...english, ...french].filter(([, text]) => /\w'\w/.test(text));
    expect(straight.map(([key]) => key)).toEqual([]);
  });
});

describe('times', () => {
  const noon = Date.parse('2026-03-01T12:00:00Z');
  it.each([
    ['en', -2_000, '2 seconds ago'],
    ['en', -180_000, '3 minutes ago'],
    ['fr', 7_200_000, 'dans 2 heures'],
    ['fr', -86_400_000, 'hier'],
    ['en', -40 * 86_400_000, 'last month'],
    ['en', -800 * 86_400_000, '2 years ago'],
  ])('%s %i ms: %s', (language, offset, words) => {
    expect(relative(language, noon + offset, noon)).toBe(words);
  });

  it('days are calendar days', () => {
    const late = new Date(2026, 2, 1, 23, 59).getTime();
    const early = new Date(2026, 2, 2, 0, 1).getTime();
    expect(daysBetween(late, early)).toBe(1);
    expect(daysBetween(late - 60_000, late)).toBe(0);
  });
});

describe('amounts', () => {
  const plain = (text: string) => text.replaceAll(/\s/g, ' ');
  it.each([
    ['en', 1, '1 byte'],
    ['en', 900, '900 bytes'],
    ['fr', 1_536, '1,5 ko'],
    ['en', 1_048_575, '1 MB'],
    ['fr', 200 * 1_048_576, '200 Mo'],
    ['en', 5e12, '4.5 TB'],
  ])('%s %d bytes is "%s"', (language, count, words) => {
    expect(plain(bytes(language, count))).toBe(words);
  });
  it.each([
    ['en', 0, '0 s'],
    ['en', 0.0001, '1 ms'],
    ['fr', 0.04, '40 ms'],
    ['en', 0.0995, '0.1 s'],
    ['fr', 2.43, '2,4 s'],
    ['en', 59.6, '1 min 0 s'],
    ['en', 200, '3 min 20 s'],
    ['fr', 7_500, '2 h 5 min'],
  ])('%s %d seconds are "%s"', (language, seconds, words) => {
    expect(plain(duration(language, seconds))).toBe(words);
  });
});
