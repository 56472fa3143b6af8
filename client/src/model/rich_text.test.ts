import { describe, expect, it } from 'vitest';
import { partsOf, type Part } from './rich_text';

type Short = string | readonly [string, ...unknown[]];
const shortened = (part: Part): Short => {
  if (part.kind === 'text') return part.text;
  return 'parts' in part ? [part.kind, ...part.parts.map(shortened)] : [part.kind, part.text];
};
const short = (text: string) => partsOf(text).map(shortened);

describe('markup', () => {
  it.each([
    ['plain words', ['plain words']],
    ['see https://a.example/x?y=1#z now', ['see ', ['link', 'https://a.example/x?y=1#z'], ' now']],
    ['(https://a.example).', ['(', ['link', 'https://a.example'], ').']],
    ['https://a.example/x_(y), ok', [['link', 'https://a.example/x_(y)'], ', ok']],
    ['run `make all` now', ['run ', ['code', 'make all'], ' now']],
    ['`https://a.example`', [['code', 'https://a.example']]],
    ['before\n```sh\nmake\nall\n```\nafter', ['before', ['block', 'make\nall'], 'after']],
    ['a `lonely tick', ['a `lonely tick']],
    ['javascript:alert(1) data:text/html,x', ['javascript:alert(1) data:text/html,x']],
    ['<b>bold</b>', ['<b>bold</b>']],
    ['**bold** and *slanted*', [['strong', 'bold'], ' and ', ['em', 'slanted']]],
    ['_so_ ~~not~~', [['em', 'so'], ' ', ['strike', 'not']]],
    ['**a *b* c**', [['strong', 'a ', ['em', 'b'], ' c']]],
    ['snake_case_name 2*3*4 ** x **', ['snake_case_name 2*3*4 ** x **']],
    [
      '`**code**` https://a.example/_x_',
      [['code', '**code**'], ' ', ['link', 'https://a.example/_x_']],
    ],
    ['> said\n> so\nyes', [['quote', 'said\nso'], 'yes']],
    ['a > b', ['a > b']],
  ])('%j', (text, wanted) => {
    expect(short(text)).toEqual(wanted);
  });

  it('every link begins with http or https', () => {
    const text = 'http://a https://b.c ftp://d HTTPS://e //f mailto:g@h https://`x`';
    for (const part of partsOf(text)) {
      if (part.kind === 'link') expect(part.href).toMatch(/^https?:\/\//);
    }
  });

  it('reads a hostile text in time that does not explode', () => {
    const began = performance.now();
    partsOf('`'.repeat(16_000));
    partsOf('```\n'.repeat(4_000));
    partsOf('https://((('.repeat(1_400));
    partsOf('**a '.repeat(4_000));
    partsOf('*a _b ~~c '.repeat(1_600));
    expect(performance.now() - began).toBeLessThan(1_000);
  });
});
