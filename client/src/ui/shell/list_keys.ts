import type { KeyboardEvent } from 'react';

/** j and k, or the arrows, move the focus through the links and rows of a list. */
export function onListKey(event: KeyboardEvent<HTMLElement>): void {
  const step = { j: 1, ArrowDown: 1, k: -1, ArrowUp: -1 }[event.key];
  if (step === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target instanceof HTMLInputElement) return;
  // In a box that scrolls, the arrows scroll until a row has the focus.
  if (event.key.startsWith('Arrow') && event.target === event.currentTarget) return;
  const rows = [...event.currentTarget.querySelectorAll<HTMLElement>('a[href], [data-row]')];
  const at = rows.findIndex((row) => row.contains(document.activeElement));
  // Backwards from nowhere begins at the end: in a conversation, at the newest.
  const next = at < 0 && step < 0 ? rows.at(-1) : rows[at + step];
  if (!next) return;
  event.preventDefault();
  next.focus();
}
