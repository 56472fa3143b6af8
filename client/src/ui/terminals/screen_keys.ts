/** Keys on a screen that is only looked at, and Ctrl for keyboards that have none. */
import type { XtermScreen } from './xterm_screen';

/** Moves through what is above the screen; everything else is left to the page. */
export function viewKey(event: KeyboardEvent, screen: XtermScreen): void {
  const move = {
    PageUp: () => {
      screen.scrollPages(-1);
    },
    PageDown: () => {
      screen.scrollPages(1);
    },
    ArrowUp: () => {
      screen.scrollLines(-1);
    },
    ArrowDown: () => {
      screen.scrollLines(1);
    },
    Home: () => {
      screen.scrollToEnd(true);
    },
    End: () => {
      screen.scrollToEnd(false);
    },
  }[event.key];
  if (!move || event.ctrlKey || event.altKey || event.metaKey) return;
  move();
  event.preventDefault();
}

/** "c" with Ctrl is U+0003. */
export function withControl(text: string): string {
  const code = text.toUpperCase().codePointAt(0) ?? 0;
  const first = code >= 0x40 && code < 0x60 ? String.fromCharCode(code & 0x1f) : text.charAt(0);
  return `${first}${text.slice(1)}`;
}
