import { describe, expect, it } from 'vitest';
import { message } from '../testing/fakes';
import { emptyTimeline, type Timeline } from './timeline';
import { rowsOf, sameRow } from './timeline_rows';

const me = 'usr_ana';

function summary(timeline: Partial<Timeline>): string[] {
  return rowsOf({ ...emptyTimeline, ...timeline }, me).map((row) => {
    switch (row.kind) {
      case 'message':
        return `${row.head ? 'head ' : ''}${row.own ? 'own ' : ''}${String(row.message.seq)}`;
      case 'pending':
        return `${row.head ? 'head ' : ''}pending`;
      default:
        return row.kind;
    }
  });
}

const own = (seq: number) => message(seq, { user_id: me, client_id: `c-${String(seq)}` });

describe('rows', () => {
  it('group what one person says within five minutes', () => {
    const late = message(9, { created_at: message(20).created_at });
    expect(summary({ messages: [message(1), message(2), own(3), message(4), late] })).toEqual([
      'day',
      'head 1',
      '2',
      'head own 3',
      'head 4',
      'head 9',
    ]);
  });

  it('begin each day with a divider and a fresh group', () => {
    const tomorrow = message(2, { created_at: '2026-01-05T12:00:00.000Z' });
    expect(summary({ messages: [message(1), tomorrow] })).toEqual([
      'day',
      'head 1',
      'day',
      'head 2',
    ]);
  });

  it('show where unread begins, after own messages', () => {
    const messages = [message(1), own(2), message(3), message(4)];
    expect(summary({ messages, unreadAfter: 1 })).toEqual([
      'day',
      'head 1',
      'head own 2',
      'unread',
      'head 3',
      '4',
    ]);
  });

  it('keep the key of a message from pending to confirmed', () => {
    const pending = { client_id: 'c-1', text: 'x', at: 0, state: 'sending', error: null } as const;
    const before = rowsOf({ ...emptyTimeline, pending: [pending] }, me).at(-1)?.key;
    const after = rowsOf({ ...emptyTimeline, messages: [own(1)] }, me).at(-1)?.key;
    expect(before).toBe(after);
  });

  it('stay the same while others come', () => {
    const messages = [message(1), message(2)];
    const before = rowsOf({ ...emptyTimeline, messages }, me);
    const after = rowsOf({ ...emptyTimeline, messages: [...messages, message(3)] }, me);
    for (const [index, row] of before.entries()) {
      expect(sameRow(row, after[index] ?? before[0] ?? row)).toBe(true);
    }
    const earlier = message(0, { created_at: message(0.5).created_at });
    const headless = rowsOf({ ...emptyTimeline, messages: [earlier, ...messages] }, me)[2];
    expect(headless && before[1] && sameRow(headless, before[1])).toBe(false);
  });

  it('give every row its own key', () => {
    const messages = Array.from({ length: 200 }, (_, index) =>
      message(index + 1, { created_at: message((index + 1) * 60).created_at }),
    );
    const keys = rowsOf({ ...emptyTimeline, messages }, me).map((row) => row.key);
    expect(new Set(keys).size).toBe(keys.length);
  });
});
