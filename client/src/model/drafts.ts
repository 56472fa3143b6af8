/** What was begun and not sent, by room, kept in this browser profile. */
import type { Storage } from '../protocol/ports';
import { object, text, type Read } from '../protocol/shape';
import { Store } from './store';

const entries: Read<[string, string][]> = (value, path) => {
  if (!Array.isArray(value)) return [];
  return value.map((pair: unknown): [string, string] => {
    const { room, words } = object({ room: text, words: text })(pair, path);
    return [room, words];
  });
};

export class Drafts {
  readonly state: Store<ReadonlyMap<string, string>>;
  readonly #storage: Storage;
  readonly #key: string;

  constructor(storage: Storage, userId: string) {
    this.#storage = storage;
    this.#key = `mesh.drafts.${userId}`;
    this.state = new Store(this.#read());
  }

  of(roomId: string): string {
    return this.state.get().get(roomId) ?? '';
  }

  write(roomId: string, words: string): void {
    const next = new Map(this.state.get());
    if (words === '') next.delete(roomId);
    else next.set(roomId, words);
    this.state.set(next);
    if (next.size === 0) this.#storage.remove(this.#key);
    else {
      const kept = [...next].map(([room, text]) => ({ room, words: text }));
      this.#storage.set(this.#key, JSON.stringify(kept));
    }
  }

  #read(): ReadonlyMap<string, string> {
    try {
      return new Map(entries(JSON.parse(this.#storage.get(this.#key) ?? '[]'), ''));
    } catch {
      return new Map(); // damaged: begin anew
    }
  }
}
