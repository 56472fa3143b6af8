/** How far each room was read in this browser profile. */
import type { Storage } from '../protocol/ports';
import { Store } from './store';

export class UnreadModel {
  readonly state: Store<ReadonlyMap<string, number>>;
  readonly #storage: Storage;
  readonly #key: string;

  constructor(storage: Storage, userId: string) {
    this.#storage = storage;
    this.#key = `mesh.read.${userId}`;
    this.state = new Store(readMap(storage.get(this.#key)));
  }

  /** Seq of the newest message that was seen; a room never seen before counts as read. */
  readThrough(roomId: string, lastSeq: number): number {
    const known = this.state.get().get(roomId);
    if (known === undefined) this.#set(roomId, lastSeq);
    return known ?? lastSeq;
  }

  read(roomId: string, seq: number): void {
    if (seq > (this.state.get().get(roomId) ?? -1)) this.#set(roomId, seq);
  }

  #set(roomId: string, seq: number): void {
    const next = new Map(this.state.get()).set(roomId, seq);
    this.#storage.set(this.#key, JSON.stringify([...next]));
    this.state.set(next);
  }
}

export function unreadCount(read: ReadonlyMap<string, number>, roomId: string, lastSeq: number) {
  return Math.max(0, lastSeq - (read.get(roomId) ?? lastSeq));
}

function readMap(stored: string | null): Map<string, number> {
  try {
    const pairs = JSON.parse(stored ?? '[]') as unknown;
    if (!Array.isArray(pairs)) return new Map();
    return new Map(
      pairs.filter(
        (pair): pair is [string, number] =>
          Array.isArray(pair) && typeof pair[0] === 'string' && typeof pair[1] === 'number',
      ),
    );
  } catch {
    return new Map(); // an edited or truncated entry: begin anew
  }
}
