/** Bytes per second over the last few seconds, and how long bytes moved in all. */
const windowMilliseconds = 3_000;

export class Speed {
  #marks: { at: number; offset: number }[] = [];
  #milliseconds = 0;

  /** Bytes begin to move at this offset. */
  begin(now: number, offset: number): void {
    this.#marks = [{ at: now, offset }];
  }

  moved(now: number, offset: number): void {
    const last = this.#marks.at(-1);
    if (last) this.#milliseconds += now - last.at;
    this.#marks.push({ at: now, offset });
    while (this.#marks.length > 2 && now - (this.#marks[1]?.at ?? now) >= windowMilliseconds)
      this.#marks.shift();
  }

  get rate(): number {
    const first = this.#marks[0];
    const last = this.#marks.at(-1);
    if (!first || !last || last.at <= first.at) return 0;
    return Math.round(((last.offset - first.offset) * 1000) / (last.at - first.at));
  }
  get milliseconds(): number {
    return this.#milliseconds;
  }
}
