/** How the person at this browser is: what they chose, and away by itself when nobody has touched the page for long. */
import type { PresenceStatus } from '../protocol/command';
import type { Clock, Storage } from '../protocol/ports';
import { Store } from './store';

export const statusChoices = ['online', 'away', 'dnd'] as const;

const idleMilliseconds = 10 * 60_000;
/** Other windows of the browser read when somebody was last here; more often would only wear the disk. */
const notedEveryMilliseconds = 15_000;

export class Attendance {
  /** What was chosen; "online" still becomes away when nobody is there. */
  readonly chosen: Store<PresenceStatus>;
  /** What others are told. */
  readonly status: Store<PresenceStatus>;
  readonly #clock: Clock;
  readonly #storage: Storage;
  readonly #chosenKey: string;
  readonly #touchedKey: string;
  #noted = 0;
  #cancel: () => void = () => undefined;

  constructor(clock: Clock, storage: Storage, userId: string) {
    this.#clock = clock;
    this.#storage = storage;
    this.#chosenKey = `mesh.presence.${userId}`;
    this.#touchedKey = `mesh.touched.${userId}`;
    const kept = statusChoices.find((it) => it === storage.get(this.#chosenKey)) ?? 'online';
    this.chosen = new Store<PresenceStatus>(kept);
    this.status = new Store<PresenceStatus>(kept);
    this.touched();
  }

  choose = (status: PresenceStatus): void => {
    this.#storage.set(this.#chosenKey, status);
    this.chosen.set(status);
    this.touched();
    this.status.set(status);
  };

  /** Somebody moved, typed or looked. */
  touched(): void {
    const now = this.#clock.now();
    if (now - this.#noted < notedEveryMilliseconds && this.status.get() === this.chosen.get())
      return;
    this.#noted = now;
    this.#storage.set(this.#touchedKey, String(now));
    this.status.set(this.chosen.get());
    this.#wait(idleMilliseconds);
  }

  end(): void {
    this.#cancel();
  }

  #wait(milliseconds: number): void {
    this.#cancel();
    this.#cancel = this.#clock.after(milliseconds, () => {
      // Perhaps they are in another window of this browser.
      const last = Number(this.#storage.get(this.#touchedKey) ?? 0);
      const left = last + idleMilliseconds - this.#clock.now();
      if (left > 0) this.#wait(left);
      else if (this.chosen.get() === 'online') this.status.set('away');
    });
  }
}
