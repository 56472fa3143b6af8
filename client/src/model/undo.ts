/** Something that will be done in a moment unless it is taken back. */
import type { Clock } from '../protocol/ports';
import { Store } from './store';

export interface Planned {
  /** Milliseconds since 1970. */
  readonly doneAt: number;
}

export class UndoQueue {
  readonly state = new Store<ReadonlyMap<string, Planned>>(new Map());
  readonly #clock: Clock;
  readonly #milliseconds: number;
  readonly #work = new Map<string, { cancel: () => void; run: (leaving: boolean) => void }>();

  constructor(clock: Clock, milliseconds: number) {
    this.#clock = clock;
    this.#milliseconds = milliseconds;
  }

  /** `run` is told whether the page is about to close. */
  plan(key: string, run: (leaving: boolean) => void): void {
    this.undo(key);
    const cancel = this.#clock.after(this.#milliseconds, () => {
      this.now(key);
    });
    this.#work.set(key, { cancel, run });
    const doneAt = this.#clock.now() + this.#milliseconds;
    this.state.set(new Map(this.state.get()).set(key, { doneAt }));
  }

  undo(key: string): void {
    this.#take(key);
  }

  now(key: string, leaving = false): void {
    this.#take(key)?.run(leaving);
  }

  /** The page closes: what was planned is done, not lost. */
  flush(): void {
    for (const key of [...this.#work.keys()]) this.now(key, true);
  }

  #take(key: string) {
    const work = this.#work.get(key);
    if (!work) return undefined;
    work.cancel();
    this.#work.delete(key);
    const next = new Map(this.state.get());
    next.delete(key);
    this.state.set(next);
    return work;
  }
}
