/** The colours of a terminal out of the theme's tokens. */
import type { ITheme } from '@xterm/xterm';

const names = ['black', 'red', 'green', 'yellow', 'blue', 'magenta', 'cyan', 'white'] as const;

/** Programs choose colours without knowing the background: what is too faint is drawn stronger. */
export const contrastLeast = 4.5;

export function palette(): ITheme {
  const style = getComputedStyle(document.documentElement);
  const token = (name: string) => style.getPropertyValue(`--${name}`).trim();
  const ansi = names.flatMap((name) => {
    const bright = `bright${name.charAt(0).toUpperCase()}${name.slice(1)}`;
    return [
      [name, token(`term-${name}`)],
      [bright, token(`term-bright-${name}`)],
    ];
  });
  return {
    ...(Object.fromEntries(ansi) as ITheme),
    background: token('sunken'),
    foreground: token('text'),
    cursor: token('text'),
    cursorAccent: token('sunken'),
    selectionBackground: token('term-selection'),
    scrollbarSliderBackground: token('line'),
    scrollbarSliderHoverBackground: token('field-line'),
    scrollbarSliderActiveBackground: token('field-line'),
  };
}

/** Marks what was searched for. */
export function marks() {
  const token = (name: string) =>
    getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
  return {
    matchBackground: token('term-match'),
    matchOverviewRuler: token('mark'),
    activeMatchBackground: token('term-match-active'),
    activeMatchColorOverviewRuler: token('accent'),
  };
}
