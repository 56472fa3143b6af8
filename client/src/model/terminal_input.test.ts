import { describe, expect, it } from 'vitest';
import { hasLines, isTyped, pastable, shownTitle, suggestible } from './terminal_input';

describe('what leaves for a terminal', () => {
  it.each([
    'a',
    'été',
    '\r',
    '\x03',
    '\x1b',
    '\x1b[A',
    '\x1bOA',
    '\x1b[1;5C',
    '\x1b[15~',
    '\x1bOR',
    '\x1b[1;2R', // Shift F3
    '\x1b]', // Alt ]
    '\x1bP', // Alt P
    '\x1b[200~pasted\x1b[201~',
    '\x1b[<0;10;5M',
    '\x1b[M !!',
  ])('%j was typed', (data) => {
    expect(isTyped(data)).toBe(true);
  });
  it.each([
    ['DA', '\x1b[?1;2c'],
    ['secondary DA', '\x1b[>0;276;0c'],
    ['tertiary DA', '\x1b[=0c'],
    ['DSR', '\x1b[0n'],
    ['CPR', '\x1b[12;40R'],
    ['CPR on the first line', '\x1b[1;40R'],
    ['extended CPR', '\x1b[?1;2R'],
    ['DECRQM', '\x1b[?2004;1$y'],
    ['ANSI DECRQM', '\x1b[4;2$y'],
    ['window size', '\x1b[8;24;80t'],
    ['focus', '\x1b[I'],
    ['focus lost', '\x1b[O'],
    ['DECRQSS', '\x1bP1$r0m\x1b\\'],
    ['colour', '\x1b]10;rgb:ffff/ffff/ffff\x1b\\'],
    ['clipboard', '\x1b]52;c;aGk=\x07'],
  ])('an answer to %s was not', (_, data) => {
    expect(isTyped(data)).toBe(false);
  });
});

describe('a paste', () => {
  it('holds nothing that drives a terminal', () => {
    expect(pastable('a\x1b[201~\x07b\tc\nd\u009be')).toBe('a[201~b\tc\nde');
    expect(hasLines('one')).toBe(false);
    expect(hasLines('one\n')).toBe(true);
    expect(hasLines('one\rtwo')).toBe(true);
  });
});

describe('a suggestion', () => {
  it.each([
    ['git status', true],
    ['', false],
    ['  ', false],
    ['a\nb', false],
    ['a\x1bb', false],
    ['x'.repeat(4096), true],
    ['é'.repeat(2049), false],
  ])('%j: %s', (line, right) => {
    expect(suggestible(line)).toBe(right);
  });
});

describe('a title', () => {
  it.each([
    ['vim\x07 README', 'vim  README'],
    ['a\u202Egpj.exe', 'a gpj.exe'],
    ['x'.repeat(100), `${'x'.repeat(79)}…`],
    ['\x1b\x1b', ''],
  ])('%j is shown as %j', (title, shown) => {
    expect(shownTitle(title)).toBe(shown);
  });
});
