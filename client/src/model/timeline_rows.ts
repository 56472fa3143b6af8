/** A conversation as the rows that a screen shows: days, groups by author, the line where unread begins. */
import type { Message } from '../protocol/shapes';
import type { Pending, Timeline } from './timeline';

export type Row =
  | { readonly kind: 'day'; readonly key: string; readonly at: number }
  | { readonly kind: 'unread'; readonly key: string }
  | {
      readonly kind: 'message';
      readonly key: string;
      readonly message: Message;
      readonly at: number;
      readonly own: boolean;
      /** Begins a group: shows who speaks and when. */
      readonly head: boolean;
    }
  | {
      readonly kind: 'pending';
      readonly key: string;
      readonly pending: Pending;
      readonly at: number;
      readonly head: boolean;
    };

const groupMilliseconds = 5 * 60_000;

/** A name for the local day, equal for all times in it. */
function dayOf(at: number): string {
  const date = new Date(at);
  return [date.getFullYear(), date.getMonth() + 1, date.getDate()].join('-');
}

export function rowsOf(timeline: Timeline, me: string): Row[] {
  const rows: Row[] = [];
  let day = '';
  let author = '';
  let last = 0;
  const begin = (at: number) => {
    if (dayOf(at) === day) return;
    day = dayOf(at);
    author = '';
    rows.push({ kind: 'day', key: `day-${day}`, at });
  };
  const head = (who: string, at: number) => {
    const fresh = who !== author || at - last > groupMilliseconds;
    author = who;
    last = at;
    return fresh;
  };
  let unreadShown = timeline.unreadAfter === null;
  for (const message of timeline.messages) {
    const at = Date.parse(message.created_at);
    begin(at);
    const own = message.user_id === me;
    if (!unreadShown && !own && message.seq > (timeline.unreadAfter ?? 0)) {
      unreadShown = true;
      author = '';
      rows.push({ kind: 'unread', key: 'unread' });
    }
    const first = head(message.user_id, at);
    // One key from pending to confirmed, so that the row is not taken down and put up again.
    const key = own && message.client_id !== null ? `own-${message.client_id}` : message.id;
    rows.push({ kind: 'message', key, message, at, own, head: first });
  }
  for (const pending of timeline.pending) {
    begin(pending.at);
    const first = head(me, pending.at);
    const key = `own-${pending.client_id}`;
    rows.push({ kind: 'pending', key, pending, at: pending.at, head: first });
  }
  return rows;
}

/** True when a row would be drawn the same, so that one new message does not redraw a whole history. */
export function sameRow(a: Row, b: Row): boolean {
  if (a.kind !== b.kind || a.key !== b.key) return false;
  if (a.kind === 'message' && b.kind === 'message') {
    return a.message === b.message && a.head === b.head;
  }
  if (a.kind === 'pending' && b.kind === 'pending') {
    return a.pending === b.pending && a.head === b.head;
  }
  return true;
}
