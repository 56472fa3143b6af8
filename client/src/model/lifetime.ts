/** Owns what must end together: sockets, timers, subscriptions. */
export class Lifetime {
  #ended = false;
  readonly #ends: (() => void)[] = [];

  get ended(): boolean {
    return this.#ended;
  }

  /** Runs at the end, the newest first; at once when the end has come already. */
  own(end: () => void): void {
    if (this.#ended) end();
    else this.#ends.push(end);
  }

  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    for (const end of this.#ends.splice(0).reverse()) end();
  }
}
