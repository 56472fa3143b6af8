import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { EchoPredictor, type EchoGuess, type EchoView } from './echo_predictor';

interface Step {
  readonly at: number;
  readonly round_trip_ms?: number;
  readonly type?: string;
  readonly line?: string;
  readonly row?: number;
  readonly col?: number;
  readonly alternate?: boolean;
  readonly shown: EchoGuess | null;
}
interface Case {
  readonly name: string;
  readonly cols: number;
  readonly round_trip_ms: number;
  readonly steps: readonly Step[];
}

const cases = JSON.parse(
  readFileSync(new URL('../../../tests/vectors/echo/prediction.json', import.meta.url), 'utf8'),
) as readonly Case[];

function view(cols: number, step: Step): EchoView {
  const letters = [...(step.line ?? '')];
  while (letters.length < cols) letters.push(' ');
  const { row = 0, col = 0, alternate = false } = step;
  return { cols, rows: 10, row, col, alternate, letters };
}

describe('what is foreseen', () => {
  it.each(cases.map((it) => [it.name, it] as const))('%s', (_, { cols, round_trip_ms, steps }) => {
    const tested = new EchoPredictor();
    tested.roundTrip(round_trip_ms);
    let seen = view(cols, { at: 0, shown: null });
    for (const step of steps) {
      tested.tick(step.at);
      if (step.round_trip_ms !== undefined) tested.roundTrip(step.round_trip_ms);
      if (step.line !== undefined) {
        seen = view(cols, step);
        tested.shown(seen, step.at);
      } else if (step.type !== undefined) tested.typed(step.type, seen, step.at);
      expect({ at: step.at, shown: tested.guess }).toEqual({ at: step.at, shown: step.shown });
    }
    tested.reset();
    expect(tested.guess).toBeNull();
    expect(tested.deadline).toBeNull();
  });
});
