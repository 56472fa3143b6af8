/** A class that no style sheet has is drawn as nothing, and no compiler says so. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';

const ui = join(import.meta.dirname, '..');
const views = readdirSync(ui, { recursive: true, encoding: 'utf8' }).filter((it) =>
  it.endsWith('.tsx'),
);

/** The classes that a view names and its style sheets do not have. */
function missing(view: string): string[] {
  const path = join(ui, view);
  const source = readFileSync(path, 'utf8');
  const imports = /^import (\w+) from '(\.[^']+\.module\.css)';$/gm;
  const body = source.replace(imports, '');
  return [...source.matchAll(imports)].flatMap(([, name = '', file = '']) => {
    const sheet = readFileSync(join(dirname(path), file), 'utf8');
    const defined = new Set([...sheet.matchAll(/\.([A-Za-z]\w*)/g)].map((it) => it[1]));
    const used = [...body.matchAll(new RegExp(`\\b${name}\\.(\\w+)`, 'g'))].map((it) => it[1]);
    return used.filter((it) => !defined.has(it)).map((it) => `${view}: ${name}.${String(it)}`);
  });
}

describe('style sheets', () => {
  it('are imported by many views', () => {
    expect(views.length).toBeGreaterThan(30);
  });
  it('have every class that a view names', () => {
    expect(views.flatMap(missing)).toEqual([]);
  });
});
