import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { themes } from '../../model/preferences';

const css = readFileSync(new URL('./tokens.css', import.meta.url), 'utf8');

function tokensOf(theme: string): Map<string, string> {
  const block = css.split(`[data-theme='${theme}']`)[1]?.split('}')[0] ?? '';
  return new Map(
    [...block.matchAll(/--([\w-]+): (#[0-9a-f]{6});/g)].map(([, name, hex]) => [
      name ?? '',
      hex ?? '',
    ]),
  );
}

type Colour = readonly [number, number, number];

function rgb(hex: string): Colour {
  const part = (at: number) => parseInt(hex.slice(at, at + 2), 16);
  return [part(1), part(3), part(5)];
}

/** WCAG 2.2, "relative luminance". */
function luminance(colour: Colour): number {
  const [r, g, b] = colour.map((value) => {
    const c = value / 255;
    return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(a: Colour, b: Colour): number {
  const [dark, light] = [luminance(a), luminance(b)].sort((x, y) => x - y) as [number, number];
  return (light + 0.05) / (dark + 0.05);
}

/** What color-mix(in srgb, top share, under) gives. */
function mixed(top: Colour, share: number, under: Colour): Colour {
  return top.map(
    (value, at) => value * share + (under[at] ?? 0) * (1 - share),
  ) as unknown as Colour;
}

const surfaces = ['bg', 'raised', 'sunken', 'hover'];
const texts = ['text', 'muted', 'danger-text'];
const accents = ['accent', 'ok', 'warn', 'mention', 'mark'];

describe.each(themes)('theme %s', (theme) => {
  const tokens = tokensOf(theme);
  const colour = (name: string) => {
    const hex = tokens.get(name);
    if (hex === undefined) throw new Error(`${theme} has no --${name}`);
    return rgb(hex);
  };

  it('has every token of the first theme', () => {
    expect([...tokens.keys()]).toEqual([...tokensOf('monokai').keys()]);
    expect(tokens.size).toBeGreaterThan(15);
  });

  it.each(surfaces.flatMap((surface) => [...texts, ...accents].map((text) => [text, surface])))(
    'text in %s on %s has 4.5 to 1',
    (text = '', surface = '') => {
      expect(contrast(colour(text), colour(surface))).toBeGreaterThanOrEqual(4.5);
    },
  );

  it.each([
    ['accent-ink', 'accent'],
    ['danger-ink', 'danger'],
  ])('%s on %s has 4.5 to 1', (ink, fill) => {
    expect(contrast(colour(ink), colour(fill))).toBeGreaterThanOrEqual(4.5);
  });

  it.each(surfaces)('fields and danger stand out from %s by 3 to 1', (surface) => {
    expect(contrast(colour('field-line'), colour(surface))).toBeGreaterThanOrEqual(3);
    expect(contrast(colour('danger'), colour(surface))).toBeGreaterThanOrEqual(3);
  });

  it.each([...accents, 'danger-text'])('initials in %s on their tint have 4.5 to 1', (hue) => {
    const tint = mixed(colour(hue), 0.17, colour('bg'));
    expect(contrast(colour(hue), tint)).toBeGreaterThanOrEqual(4.5);
  });

  it.each(['text', 'muted'])('%s on a notice has 4.5 to 1', (text) => {
    for (const hue of ['danger', 'warn']) {
      const tint = mixed(colour(hue), 0.12, colour('bg'));
      expect(contrast(colour(text), tint)).toBeGreaterThanOrEqual(4.5);
    }
  });
});
