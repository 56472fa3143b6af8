/** What is known of one room's conversation, and how it changes. Pure: no clock, no network. */
import type { ApiError } from '../protocol/api_error';
import type { Message } from '../protocol/shapes';

/** A message of one's own that the server has not confirmed. `at`: milliseconds since 1970. */
export interface Pending {
  readonly client_id: string;
  readonly text: string;
  readonly at: number;
  readonly state: 'sending' | 'failed';
  readonly error: ApiError | null;
}

export interface Timeline {
  readonly status: 'idle' | 'loading' | 'ready' | 'failed';
  readonly error: ApiError | null;
  /** Ascending by seq, each seq once. */
  readonly messages: readonly Message[];
  readonly pending: readonly Pending[];
  readonly older: 'none' | 'more' | 'loading' | 'failed';
  /** Everything up to this seq is here (above the oldest message shown). */
  readonly knownThrough: number;
  /** Messages after this seq were unread when the room was opened; null: none. */
  readonly unreadAfter: number | null;
}

export const emptyTimeline: Timeline = {
  status: 'idle',
  error: null,
  messages: [],
  pending: [],
  older: 'none',
  knownThrough: 0,
  unreadAfter: null,
};

function joined(known: readonly Message[], more: readonly Message[]): readonly Message[] {
  if (more.length === 0) return known;
  const bySeq = new Map(known.map((message) => [message.seq, message]));
  for (const message of more) bySeq.set(message.seq, message);
  return [...bySeq.values()].sort((a, b) => a.seq - b.seq);
}

function confirmed(pending: readonly Pending[], messages: readonly Message[], me: string) {
  const ids = new Set<string | null>();
  for (const message of messages) if (message.user_id === me) ids.add(message.client_id);
  const left = pending.filter((entry) => !ids.has(entry.client_id));
  return left.length === pending.length ? pending : left;
}

const newest = (messages: readonly Message[]) => messages.at(-1)?.seq ?? 0;

/** The first page of history arrived. */
export function opened(
  timeline: Timeline,
  page: { messages: readonly Message[]; has_more: boolean },
  me: string,
): Timeline {
  const messages = joined(timeline.messages, page.messages);
  return {
    ...timeline,
    status: 'ready',
    error: null,
    messages,
    pending: confirmed(timeline.pending, page.messages, me),
    older: page.has_more ? 'more' : 'none',
    knownThrough: Math.max(timeline.knownThrough, newest(page.messages)),
  };
}

/** A page before the oldest message arrived. */
export function grownBack(
  timeline: Timeline,
  page: { messages: readonly Message[]; has_more: boolean },
): Timeline {
  return {
    ...timeline,
    messages: joined(timeline.messages, page.messages),
    older: page.has_more ? 'more' : 'none',
  };
}

/** A page after `knownThrough` arrived. */
export function caughtUp(timeline: Timeline, messages: readonly Message[], me: string): Timeline {
  return {
    ...timeline,
    messages: joined(timeline.messages, messages),
    pending: confirmed(timeline.pending, messages, me),
    knownThrough: Math.max(timeline.knownThrough, newest(messages)),
  };
}

/** One live message arrived. `gap`: something between it and what is known is missing and must be fetched. */
export function received(
  timeline: Timeline,
  message: Message,
  me: string,
): { timeline: Timeline; gap: boolean } {
  const gap = timeline.status === 'ready' && message.seq > timeline.knownThrough + 1;
  return {
    timeline: {
      ...timeline,
      messages: joined(timeline.messages, [message]),
      pending: confirmed(timeline.pending, [message], me),
      knownThrough: message.seq === timeline.knownThrough + 1 ? message.seq : timeline.knownThrough,
    },
    gap,
  };
}

export function queued(timeline: Timeline, entry: Pending): Timeline {
  return { ...timeline, pending: [...timeline.pending, entry] };
}

export function withPending(
  timeline: Timeline,
  clientId: string,
  change: Partial<Pending>,
): Timeline {
  return {
    ...timeline,
    pending: timeline.pending.map((entry) =>
      entry.client_id === clientId ? { ...entry, ...change } : entry,
    ),
  };
}

export function withoutPending(timeline: Timeline, clientId: string): Timeline {
  return {
    ...timeline,
    pending: timeline.pending.filter((entry) => entry.client_id !== clientId),
  };
}
