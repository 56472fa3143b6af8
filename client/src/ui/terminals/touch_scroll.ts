import type { Terminal } from '@xterm/xterm';

/** A finger moves the text, as everywhere. Returns what ends it. */
export function scrollByTouch(place: HTMLElement, term: Terminal): () => void {
  let last = 0;
  let rest = 0;
  const onStart = ({ touches }: TouchEvent) => {
    last = touches[0]?.clientY ?? 0;
    rest = 0;
  };
  const onMove = (event: TouchEvent) => {
    const [touch] = event.touches;
    const row = (term.element?.clientHeight ?? 0) / term.rows;
    if (!touch || event.touches.length > 1 || row === 0) return;
    rest += (last - touch.clientY) / row;
    last = touch.clientY;
    const lines = Math.trunc(rest);
    rest -= lines;
    if (lines === 0) return;
    term.scrollLines(lines);
    event.preventDefault();
  };
  place.addEventListener('touchstart', onStart, { passive: true });
  place.addEventListener('touchmove', onMove, { passive: false });
  return () => {
    place.removeEventListener('touchstart', onStart);
    place.removeEventListener('touchmove', onMove);
  };
}
