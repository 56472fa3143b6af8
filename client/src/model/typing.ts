/** Who is writing, and when to say that we are. */
import type { Clock } from '../protocol/ports';
import type { Typing } from '../protocol/event';
import { Store } from './store';

const shownMilliseconds = 6_000;
const saidEveryMilliseconds = 3_000;

/** Names of those who write, by room. */
export type Writers = ReadonlyMap<string, ReadonlyMap<string, string>>;

export class TypingModel {
  readonly state = new Store<Writers>(new Map());
  readonly #clock: Clock;
  readonly #say: (roomId: string) => void;
  readonly #timers = new Map<string, () => void>();
  readonly #saidAt = new Map<string, number>();

  constructor(clock: Clock, say: (roomId: string) => void) {
    this.#clock = clock;
    this.#say = say;
  }

  heard({ room_id, user_id, username }: Typing): void {
    const key = `${room_id} ${user_id}`;
    this.#timers.get(key)?.();
    this.#timers.set(
      key,
      this.#clock.after(shownMilliseconds, () => {
        this.stopped(room_id, user_id);
      }),
    );
    const room = new Map(this.state.get().get(room_id)).set(user_id, username);
    this.state.set(new Map(this.state.get()).set(room_id, room));
  }

  /** They have sent it, or fell silent. */
  stopped(roomId: string, userId: string): void {
    const key = `${roomId} ${userId}`;
    this.#timers.get(key)?.();
    this.#timers.delete(key);
    const room = new Map(this.state.get().get(roomId));
    if (room.delete(userId)) this.state.set(new Map(this.state.get()).set(roomId, room));
  }

  /** We are writing: others hear of it at most every three seconds. */
  writing(roomId: string): void {
    const now = this.#clock.now();
    if (now - (this.#saidAt.get(roomId) ?? 0) < saidEveryMilliseconds) return;
    this.#saidAt.set(roomId, now);
    this.#say(roomId);
  }

  sent(roomId: string): void {
    this.#saidAt.delete(roomId);
  }

  end(): void {
    for (const cancel of this.#timers.values()) cancel();
    this.#timers.clear();
  }
}
