/** Failures of things done in the background, which come and go at the edge of the screen. */
import type { ApiError } from '../protocol/api_error';
import type { Clock } from '../protocol/ports';
import { Store } from './store';

export interface Notice {
  readonly id: number;
  readonly error: ApiError;
}

const shownMilliseconds = 8_000;
const shownMost = 3;

export class Notices {
  readonly state = new Store<readonly Notice[]>([]);
  readonly #clock: Clock;
  #last = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  failed(error: ApiError): void {
    const id = ++this.#last;
    this.state.update((notices) => [...notices.slice(1 - shownMost), { id, error }]);
    this.#clock.after(shownMilliseconds, () => {
      this.dismiss(id);
    });
  }

  dismiss = (id: number): void => {
    this.state.update((notices) => notices.filter((notice) => notice.id !== id));
  };
}
