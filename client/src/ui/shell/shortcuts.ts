import { useEffect, useEffectEvent } from 'react';

interface Shortcuts {
  readonly find: () => void;
  readonly keys: () => void;
  /** To the next (1) or previous (-1) room. */
  readonly step: (by: 1 | -1) => void;
}

/** What a single letter presses, by the mark of the element. */
const pressed: Readonly<Record<string, string>> = { i: 'write', p: 'people', t: 'transfers' };

function isWriting(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.matches('input, textarea, select');
}

function press(selector: string): boolean {
  const found = document.querySelector<HTMLElement>(selector);
  if (!found) return false;
  if (found instanceof HTMLTextAreaElement) found.focus();
  else found.click();
  return true;
}

/** The keys that work everywhere. Single letters only while nobody writes and no window is open. */
export function useShortcuts(shortcuts: Shortcuts): void {
  const onKey = useEffectEvent((event: KeyboardEvent) => {
    const command = event.ctrlKey || event.metaKey;
    if (command && event.key.toLowerCase() === 'k') {
      event.preventDefault();
      shortcuts.find();
      return;
    }
    if (document.querySelector('dialog[open]')) return;
    if (event.altKey && (event.key === 'ArrowDown' || event.key === 'ArrowUp')) {
      event.preventDefault();
      shortcuts.step(event.key === 'ArrowDown' ? 1 : -1);
      return;
    }
    if (command || event.altKey || isWriting(event.target)) return;
    if (event.key === '?') shortcuts.keys();
    else {
      const name = pressed[event.key];
      if (name !== undefined && press(`[data-key="${name}"]`)) event.preventDefault();
    }
  });
  useEffect(() => {
    const listener = (event: KeyboardEvent) => {
      onKey(event);
    };
    window.addEventListener('keydown', listener);
    return () => {
      window.removeEventListener('keydown', listener);
    };
  }, []);
}
