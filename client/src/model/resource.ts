/** Something fetched from the server, with the state its view has to show. */
import { asApiError, type ApiError } from '../protocol/api_error';
import { Store } from './store';

/** `value` stays while a newer one is fetched, so that nothing jumps. */
export interface ResourceState<T> {
  readonly status: 'idle' | 'loading' | 'ready' | 'failed';
  readonly value: T | null;
  readonly error: ApiError | null;
}

export class Resource<T> {
  readonly state = new Store<ResourceState<T>>({ status: 'idle', value: null, error: null });
  readonly #fetch: () => Promise<T>;
  #turn = 0;

  constructor(fetch: () => Promise<T>) {
    this.#fetch = fetch;
  }

  /** Never rejects: a failure is part of the state. An answer that a newer call overtook is dropped. */
  load = async (): Promise<void> => {
    const turn = ++this.#turn;
    this.state.update((state) => ({ ...state, status: 'loading', error: null }));
    try {
      const value = await this.#fetch();
      if (turn === this.#turn) this.state.set({ status: 'ready', value, error: null });
    } catch (thrown) {
      if (turn !== this.#turn) return;
      const error = asApiError(thrown);
      this.state.update((state) => ({ ...state, status: 'failed', error }));
    }
  };

  /**
   * Changes what was fetched, when there is something. An answer that is on its way may be older than the
   * change and would undo it: it is asked for anew.
   */
  change(change: (value: T) => T): void {
    const { status } = this.state.get();
    this.state.update((state) =>
      state.value === null ? state : { ...state, value: change(state.value) },
    );
    if (status === 'loading') void this.load();
  }
}
