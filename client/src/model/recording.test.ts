import { describe, expect, it } from 'vitest';
import { BadRecording, lengthOf, markersOf, readRecording } from './recording';

const header = '{"version": 2, "width": 40, "height": 10, "title": "build"}';
const read = (...lines: string[]) => readRecording([header, ...lines].join('\n'));

describe('a recording', () => {
  it('is read line by line, and what is of other kinds is left out', () => {
    const recording = read(
      '[0.5, "o", "ls\\r\\n"]',
      '',
      '[1, "m", "ben types"]',
      '[1.5, "i", "secret keys"]',
      '[2, "r", "60x12"]',
      '[2.5, "r", "0x12"]',
      '[1.0, "o", "late"]',
      '',
    );
    expect(recording).toEqual({
      cols: 40,
      rows: 10,
      title: 'build',
      events: [
        { kind: 'output', at: 0.5, text: 'ls\r\n' },
        { kind: 'marker', at: 1, text: 'ben types' },
        { kind: 'resize', at: 2, cols: 60, rows: 12 },
        { kind: 'output', at: 2, text: 'late' },
      ],
    });
    expect(lengthOf(recording)).toBe(2);
    expect(markersOf(recording)).toEqual([{ at: 1, text: 'ben types' }]);
  });

  it('may be cut short in its last line', () => {
    expect(read('[0.5, "o", "a"]', '[0.7, "o').events).toHaveLength(1);
  });

  it.each([
    ['nothing', '', 1],
    ['no JSON', 'hello', 1],
    ['another version', '{"version": 1, "width": 40, "height": 10}', 1],
    ['no size', '{"version": 2}', 1],
    ['a size beyond all', '{"version": 2, "width": 40000, "height": 10}', 1],
    ['an event that is none', `${header}\n{"o": 1}\n`, 2],
    ['an event without text', `${header}\n[1, "o", 7]\n`, 2],
    ['rubbish in the middle', `${header}\n[1, "o"\n[2, "o", "a"]\n`, 2],
  ])('is refused: %s', (_, text, line) => {
    let thrown: unknown;
    try {
      readRecording(text);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(BadRecording);
    expect((thrown as BadRecording).line).toBe(line);
  });
});
