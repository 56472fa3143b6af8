import { readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

const folder = new URL('..', import.meta.url);
const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) =>
  /\.(css|tsx?)$/.test(name),
);
/** Hex, functions and the names people reach for; color-mix() of tokens is fine. */
const raw =
  /#[0-9a-f]{3,8}\b(?=[^{]*;)|\b(?:rgba?|hsla?|oklch|lab)\(|(?:color|background|border|fill|stroke)[\w-]*:\s*(?:white|black|red|green|blue|gr[ae]y|orange|yellow|purple)\b/i;

function colours(name: string): string[] {
  const text = readFileSync(new URL(name, folder), 'utf8');
  return text
    .split('\n')
    .filter((line) => raw.test(line))
    .map((line) => `${name}: ${line.trim()}`);
}

it('sees a raw colour', () => {
  for (const line of ['color: #fff;', 'background: rgb(0 0 0);', 'border-color: white;'])
    expect(raw.test(line)).toBe(true);
  for (const line of ['color: var(--text);', "href='#/devices'", '.hue0 {'])
    expect(raw.test(line)).toBe(false);
});

it('no colour is written outside the tokens', () => {
  const outside = files.filter(
    (name) => !name.endsWith('styles/tokens.css') && !name.endsWith('.test.ts'),
  );
  expect(outside.length).toBeGreaterThan(40);
  expect(outside.flatMap(colours)).toEqual([]);
});
