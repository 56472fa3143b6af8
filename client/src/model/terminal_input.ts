/** What may leave for a terminal of somebody else: what a person typed, never what the screen here answers by itself. */
import { utf8Bytes } from './bytes';

/**
 * Answers to questions of the sharer's programs: device attributes (DA), status and cursor reports (DSR, CPR), modes
 * (DECRQM), window reports, focus, and strings (DECRQSS, colours, titles).
 */
const answers = [
  /^\x1b\[[?>=]?[\d;]*c$/,
  /^\x1b\[\??[\d;]*n$/,
  /^\x1b\[\?[\d;]*R$/,
  /^\x1b\[\??[\d;]*\$y$/,
  /^\x1b\[[\d;]*t$/,
  /^\x1b\[[IO]$/,
  /^\x1b[P\]_^X][^]/,
];
/** F3 with a modifier looks like the place of the cursor on the first line. */
const cursorReport = /^\x1b\[(\d+);(\d+)R$/;

export function isTyped(data: string): boolean {
  const place = cursorReport.exec(data);
  if (place) return place[1] === '1' && Number(place[2]) >= 2 && Number(place[2]) <= 16;
  return !answers.some((answer) => answer.test(data));
}

/** A text as it may be pasted: without what could drive a terminal, or end the brackets around it. */
export function pastable(text: string): string {
  return text.replace(/[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]/g, '');
}

/** The return key would be pressed in the middle of it, or at its end. */
export function hasLines(text: string): boolean {
  return /[\r\n]/.test(text);
}

/** A line that is suggested: one, and no longer than a sharer takes. */
const suggestionBytesMax = 4096;
export function suggestible(line: string): boolean {
  return (
    line.trim() !== '' &&
    utf8Bytes(line) <= suggestionBytesMax &&
    pastable(line) === line &&
    !hasLines(line)
  );
}

/** A title that programs over there chose: no control or bidirectional characters, and short. */
const titleCharactersMax = 80;
export function shownTitle(title: string): string {
  const plain = title.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, ' ').trim();
  const characters = [...plain];
  return characters.length > titleCharactersMax
    ? `${characters.slice(0, titleCharactersMax - 1).join('')}…`
    : plain;
}
