/** Conversations: loads history, sends with the message shown at once, and repairs what a lost link left out. */
import { ApiError, asApiError } from '../protocol/api_error';
import type { EventOf } from '../protocol/event';
import type { Command } from '../protocol/command';
import type { Clock, Random } from '../protocol/ports';
import type { Rest } from '../protocol/rest';
import type { Message } from '../protocol/shapes';
import type { Outbox } from './outbox';
import { Store } from './store';
import * as line from './timeline';
import type { Pending, Timeline } from './timeline';

const pageSize = 50;
const confirmWithinMilliseconds = 10_000;

interface Ports {
  readonly rest: Rest;
  readonly clock: Clock;
  readonly random: Random;
  readonly outbox: Outbox;
  /** The id of the sent event, or null when there is no link. */
  readonly send: (command: Command) => string | null;
}

export class ChatModel {
  readonly #ports: Ports;
  readonly #me: string;
  readonly #timelines = new Map<string, Store<Timeline>>();
  /** Sent events that were not answered: event id to where their message waits. */
  readonly #sent = new Map<string, { roomId: string; clientId: string }>();
  readonly #timers = new Map<string, () => void>();
  readonly #catching = new Set<string>();

  constructor(ports: Ports, me: string) {
    this.#ports = ports;
    this.#me = me;
    for (const { room_id, ...kept } of ports.outbox.all()) {
      const entry: Pending = { ...kept, state: 'sending', error: null };
      this.timeline(room_id).update((state) => line.queued(state, entry));
    }
  }

  timeline(roomId: string): Store<Timeline> {
    let store = this.#timelines.get(roomId);
    if (!store) {
      store = new Store(line.emptyTimeline);
      this.#timelines.set(roomId, store);
    }
    return store;
  }

  /** The room is being looked at; `unreadAfter`: where the unread line goes. */
  async open(roomId: string, unreadAfter: number | null): Promise<void> {
    const store = this.timeline(roomId);
    store.update((state) => ({ ...state, unreadAfter }));
    const { status } = store.get();
    if (status === 'loading' || status === 'ready') return;
    store.update((state) => ({ ...state, status: 'loading', error: null }));
    try {
      const page = await this.#ports.rest.newest(roomId, pageSize);
      store.update((state) => line.opened(state, page, this.#me));
      this.#confirmed(page.messages);
    } catch (thrown) {
      store.update((state) => ({ ...state, status: 'failed', error: asApiError(thrown) }));
    }
  }

  /** Messages after this seq came while nobody looked; an earlier mark stays. */
  markUnread(roomId: string, seq: number): void {
    this.timeline(roomId).update((state) =>
      state.unreadAfter === null ? { ...state, unreadAfter: seq } : state,
    );
  }

  async older(roomId: string): Promise<void> {
    const store = this.timeline(roomId);
    const state = store.get();
    const oldest = state.messages[0];
    if (!oldest || (state.older !== 'more' && state.older !== 'failed')) return;
    store.set({ ...state, older: 'loading' });
    try {
      const page = await this.#ports.rest.before(roomId, oldest.seq, pageSize);
      store.update((now) => line.grownBack(now, page));
    } catch {
      store.update((now) => ({ ...now, older: 'failed' }));
    }
  }

  send(roomId: string, text: string): void {
    const entry: Pending = {
      client_id: this.#ports.random.id(),
      text,
      at: this.#ports.clock.now(),
      state: 'sending',
      error: null,
    };
    this.timeline(roomId).update((state) => line.queued(state, entry));
    const { client_id, at } = entry;
    this.#ports.outbox.put({ room_id: roomId, client_id, text, at });
    this.#transmit(roomId, entry);
  }

  /** The same client_id again: the server answers a repetition with the first message. */
  retry(roomId: string, clientId: string): void {
    const store = this.timeline(roomId);
    store.update((state) => line.withPending(state, clientId, { state: 'sending', error: null }));
    const entry = store.get().pending.find((pending) => pending.client_id === clientId);
    if (entry) this.#transmit(roomId, entry);
  }

  discard(roomId: string, clientId: string): void {
    this.#settle(clientId);
    this.#ports.outbox.drop(clientId);
    this.timeline(roomId).update((state) => line.withoutPending(state, clientId));
  }

  received(message: Message): void {
    const store = this.timeline(message.room_id);
    this.#confirmed([message]);
    const { timeline, gap } = line.received(store.get(), message, this.#me);
    store.set(timeline);
    if (gap) void this.catchUp(message.room_id);
  }

  /** True when the refusal answered a message of ours. */
  refused({ reply_to, payload }: EventOf<'system.error'>): boolean {
    const waiting = reply_to === null ? undefined : this.#sent.get(reply_to);
    if (!waiting) return false;
    const { code, message, field } = payload;
    this.#fail(waiting.roomId, waiting.clientId, new ApiError(code, { message, field }));
    return true;
  }

  /** The link is back: fetch what was missed, then say again what was not confirmed. */
  async resume(): Promise<void> {
    await Promise.all(
      [...this.#timelines].map(async ([roomId, store]) => {
        if (store.get().status === 'failed') await this.open(roomId, store.get().unreadAfter);
        if (store.get().status === 'ready') await this.catchUp(roomId);
        for (const entry of store.get().pending) {
          if (entry.state === 'sending') this.#transmit(roomId, entry);
        }
      }),
    );
  }

  async catchUp(roomId: string): Promise<void> {
    if (this.#catching.has(roomId)) return;
    this.#catching.add(roomId);
    const store = this.timeline(roomId);
    try {
      for (;;) {
        const page = await this.#ports.rest.after(roomId, store.get().knownThrough, pageSize);
        store.update((state) => line.caughtUp(state, page.messages, this.#me));
        this.#confirmed(page.messages);
        if (!page.has_more || page.messages.length === 0) break;
      }
    } catch {
      // The next live message or the next welcome finds the gap again.
    } finally {
      this.#catching.delete(roomId);
    }
  }

  forget(roomId: string): void {
    for (const { client_id } of this.timeline(roomId).get().pending)
      this.discard(roomId, client_id);
    this.#timelines.delete(roomId);
  }

  end(): void {
    for (const cancel of this.#timers.values()) cancel();
    this.#timers.clear();
  }

  #transmit(roomId: string, entry: Pending): void {
    const id = this.#ports.send({
      type: 'chat.send',
      payload: { room_id: roomId, text: entry.text, client_id: entry.client_id },
    });
    if (id === null) return; // resume() sends it when the link is back
    this.#sent.set(id, { roomId, clientId: entry.client_id });
    this.#timers.get(entry.client_id)?.();
    this.#timers.set(
      entry.client_id,
      this.#ports.clock.after(confirmWithinMilliseconds, () => {
        this.#fail(roomId, entry.client_id, new ApiError('timed_out'));
      }),
    );
  }

  #fail(roomId: string, clientId: string, error: ApiError): void {
    this.#settle(clientId);
    this.timeline(roomId).update((state) =>
      line.withPending(state, clientId, { state: 'failed', error }),
    );
  }

  /** These reached the server: nothing about them waits any more. */
  #confirmed(messages: readonly Message[]): void {
    for (const { user_id, client_id } of messages) {
      if (user_id !== this.#me || client_id === null) continue;
      this.#settle(client_id);
      this.#ports.outbox.drop(client_id);
    }
  }

  #settle(clientId: string): void {
    this.#timers.get(clientId)?.();
    this.#timers.delete(clientId);
    for (const [id, waiting] of this.#sent)
      if (waiting.clientId === clientId) this.#sent.delete(id);
  }
}
