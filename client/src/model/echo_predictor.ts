/**
 * What a person who types into a terminal far away will see there, before it has come: as Mosh does it, and more
 * carefully. Only letters and backspace at the cursor are foreseen, with nothing behind it on its line; nothing is shown
 * before the program over there has echoed a letter of the same run, so that passwords and commands of full-screen
 * programs never are. The same as agent/terminal/echo_predictor.hpp, and both pass tests/vectors/echo. Times in
 * milliseconds.
 */

/** Where the cursor is, and what stands on its line: one character a column, a space where there is none. */
export interface EchoView {
  readonly cols: number;
  readonly rows: number;
  readonly row: number;
  readonly col: number;
  readonly alternate: boolean;
  readonly letters: readonly string[];
}

/** From this column on the line shows this text and nothing behind it; the cursor stands at its end. */
export interface EchoGuess {
  readonly row: number;
  readonly col: number;
  readonly text: string;
}

type Letters = readonly string[];
/** One key, and what the line shows from the base on once it has been echoed. */
interface Step {
  readonly text: Letters;
  readonly typed: number;
}
/** A key that is echoed at an unknown place. */
interface Stray {
  readonly letter: string;
  readonly typed: number;
}
interface Run {
  readonly cols: number;
  readonly rows: number;
  readonly row: number;
  readonly base: number;
  readonly alternate: boolean;
}

/** Below, an echo is as quick as the eye; a way that is slow stays so until it is clearly quicker (as in Mosh). */
const slowFrom = 30;
const slowUntil = 20;
/** A paste is no typing. */
const stepsMax = 64;
/** Letters in a row that are no accident: the end of a prompt may look like one. */
const adoptedLeast = 2;

export class EchoPredictor {
  #time = 0;
  #slow = false;
  /** `#text` stands there. */
  #run: Run | null = null;
  /** Letters of this run were echoed. */
  #trusted = false;
  /** A key was pressed whose effect nobody knows. */
  #closing = false;
  #text: Letters = [];
  #steps: Step[] = [];
  #strays: Stray[] = [];
  /** When a key was pressed last that is no step. */
  #unknown: number | null = null;

  /** As it was measured last. Without it, and on a quick way, nothing is shown. */
  roundTrip(time: number): void {
    this.#time = time;
    this.#slow = time >= (this.#slow ? slowUntil : slowFrom);
  }

  /** Keys that leave now, beside what is seen at this moment. */
  typed(keys: string, seen: EchoView, now: number): void {
    for (const letter of keys) {
      const back = letter === '\x7f' || letter === '\b';
      if (back && this.#run && !this.#closing && this.#steps.length < stepsMax) {
        const text = this.#last;
        // What stood there before this run is not ours to take away.
        if (text.length === 0) {
          this.#foreseeNothing(now);
          return;
        }
        this.#steps.push({ text: text.slice(0, -1), typed: now });
      } else if (!isLetter(letter)) {
        // The rest of it belongs to a key, as likely as not.
        this.#foreseeNothing(now);
        return;
      } else if (!this.#type(letter, seen, now)) {
        if (this.#steps.length === 0) this.#lose();
        this.#strays.push({ letter, typed: now });
        if (this.#strays.length > stepsMax) this.#strays.shift();
        this.#unknown = now;
      }
    }
  }

  /** Output has come, and this is seen now. */
  shown(seen: EchoView, now: number): void {
    if (!this.#run) {
      this.#adopt(seen, now);
      return;
    }
    // Letters that are taken away again look the same before and after: the newest that can have come, or else the
    // oldest, when it is sooner than the way was long.
    const fitting = (step: Step) => this.#fits(step.text, seen);
    const come = this.#steps.findLastIndex((it) => it.typed + this.#time / 2 <= now && fitting(it));
    const at = come >= 0 ? come : this.#steps.findIndex(fitting);
    const step = this.#steps[at];
    if (step) {
      this.#text = step.text;
      this.#trusted = true;
      this.#steps.splice(0, at + 1);
      if (this.#closing && this.#steps.length === 0) this.#lose();
      return;
    }
    if (this.#fits(this.#text, seen)) return;
    const last = this.#steps.at(-1);
    if (last) this.#unknown = Math.max(this.#unknown ?? last.typed, last.typed);
    this.#lose();
    this.#adopt(seen, now);
  }

  /** What should have come by then has not: it is wrong. */
  tick(now: number): void {
    const end = this.deadline;
    if (end === null || now < end) return;
    this.#unknown = this.#steps.at(-1)?.typed ?? null;
    this.#lose();
  }

  get deadline(): number | null {
    const first = this.#steps[0];
    return first ? first.typed + this.#patience : null;
  }

  /** The keyboard is somebody else's, or the connection is another one. */
  reset(): void {
    this.#lose();
    this.#strays = [];
    this.#unknown = null;
  }

  /** What to show beside what has come; null when nothing is foreseen, or nothing may be shown. */
  get guess(): EchoGuess | null {
    if (!this.#slow || !this.#trusted || !this.#run || this.#steps.length === 0) return null;
    const text = this.#last;
    let same = 0;
    while (same < text.length && text[same] === this.#text[same]) same++;
    return { row: this.#run.row, col: this.#run.base + same, text: text.slice(same).join('') };
  }

  get #last(): Letters {
    return this.#steps.at(-1)?.text ?? this.#text;
  }
  get #settling(): number {
    return this.#time + this.#time / 4 + 50;
  }
  get #patience(): number {
    return this.#time + this.#time / 2 + 250;
  }

  #lose(): void {
    this.#run = null;
    this.#trusted = false;
    this.#closing = false;
    this.#text = [];
    this.#steps = [];
  }

  #begin(seen: EchoView, base: number): void {
    this.#lose();
    const { cols, rows, row, alternate } = seen;
    this.#run = { cols, rows, row, base, alternate };
  }

  /** What was foreseen before may still come. */
  #foreseeNothing(now: number): void {
    this.#closing = this.#run !== null;
    if (this.#steps.length === 0) this.#lose();
    this.#strays = [];
    this.#unknown = now;
  }

  /** False when nobody knows where it will stand. */
  #type(letter: string, seen: EchoView, now: number): boolean {
    if (this.#closing) return false;
    if (this.#run && this.#steps.length === 0 && !this.#fits(this.#text, seen)) this.#lose();
    if (!this.#run) {
      if (this.#unknown !== null && now < this.#unknown + this.#settling) return false;
      this.#strays = [];
      this.#begin(seen, seen.col);
    }
    const text = [...this.#last, letter];
    const { base, cols } = this.#run ?? { base: 0, cols: 0 };
    // Behind the last column programs do as they like; and before other text they may push it aside.
    if (base + text.length >= cols || !blankBehind(seen) || this.#steps.length >= stepsMax) {
      this.#closing = true;
      return false;
    }
    this.#steps.push({ text, typed: now });
    return true;
  }

  #fits(text: Letters, seen: EchoView): boolean {
    const run = this.#run;
    return (
      run?.cols === seen.cols &&
      run.rows === seen.rows &&
      run.alternate === seen.alternate &&
      run.row === seen.row &&
      seen.col === run.base + text.length &&
      text.every((letter, at) => seen.letters[run.base + at] === letter)
    );
  }

  /** Letters typed while nobody knew where they would stand: there they are, right before the cursor. */
  #adopt(seen: EchoView, now: number): void {
    while (this.#strays[0] && now > this.#strays[0].typed + this.#patience) this.#strays.shift();
    if (!blankBehind(seen)) return;
    const all = this.#strays;
    for (let count = Math.min(all.length, seen.col); count >= adoptedLeast; count--) {
      const base = seen.col - count;
      const come = all.slice(0, count);
      if ((come.at(-1)?.typed ?? now) + this.#time / 2 > now) continue;
      if (!come.every(({ letter }, at) => seen.letters[base + at] === letter)) continue;
      this.#begin(seen, base);
      this.#trusted = true;
      const letters = all.map(({ letter }) => letter);
      this.#text = letters.slice(0, count);
      for (let at = count; at < all.length; at++)
        if (base + at + 1 < seen.cols)
          this.#steps.push({ text: letters.slice(0, at + 1), typed: all[at]?.typed ?? now });
      this.#strays = [];
      this.#unknown = null;
      return;
    }
  }
}

/** Printable, and one column wide. */
function isLetter(letter: string): boolean {
  if (/[\p{Cc}\p{Cf}\p{Cs}\p{M}\p{Zl}\p{Zp}]/u.test(letter)) return false;
  const code = letter.codePointAt(0) ?? 0;
  return !wide.some(([from, to]) => code >= from && code < to);
}

/** As in agent/terminal/row_text.cpp. */
const wide = [
  [0x1100, 0x1160],
  [0x2e80, 0xa4d0],
  [0xac00, 0xd7a4],
  [0xf900, 0xfb00],
  [0xfe30, 0xfe70],
  [0xff00, 0xff61],
  [0x1f300, 0x1f650],
  [0x1f900, 0x1fa00],
  [0x20000, 0x40000],
] as const;

function blankBehind({ letters, col }: EchoView): boolean {
  return letters.slice(Math.max(col, 0)).every((letter) => letter === ' ');
}
