/** Messages that the server has not confirmed, kept in this browser profile so that closing the page loses none. */
import type { Storage } from '../protocol/ports';
import { list, object, text, whole } from '../protocol/shape';

const entry = object({ room_id: text, client_id: text, text, at: whole });
export type OutboxEntry = ReturnType<typeof entry>;

/** More than a person writes without a connection; the oldest go first. */
const keptMost = 100;

export class Outbox {
  readonly #storage: Storage;
  readonly #key: string;

  constructor(storage: Storage, userId: string) {
    this.#storage = storage;
    this.#key = `mesh.outbox.${userId}`;
  }

  /** Read anew each time: another window of the same browser writes here too. */
  all(): OutboxEntry[] {
    try {
      return list(entry)(JSON.parse(this.#storage.get(this.#key) ?? '[]'), '');
    } catch {
      return []; // damaged: nothing can be saved from it
    }
  }

  put(added: OutboxEntry): void {
    this.#write([...this.all(), added].slice(-keptMost));
  }

  drop(clientId: string): void {
    const entries = this.all();
    const left = entries.filter((it) => it.client_id !== clientId);
    if (left.length !== entries.length) this.#write(left);
  }

  #write(entries: readonly OutboxEntry[]): void {
    if (entries.length === 0) this.#storage.remove(this.#key);
    else this.#storage.set(this.#key, JSON.stringify(entries));
  }
}
