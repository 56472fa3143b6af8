/** xterm.js in a place of a page: it comes when it is first needed, and looks as the person chose. */
import { useEffect, useEffectEvent, useState, type RefObject } from 'react';
import { useMesh, useStore, useWorkspace } from '../context';
import type { ScreenCalls, XtermScreen } from './xterm_screen';

interface Calls extends ScreenCalls {
  /** It is there, and draws from now on. */
  made(screen: XtermScreen): void;
}

/** `frame` is what it is fitted into, `place` what it stands in. Another `subject` gets another screen. */
export function useXterm(
  frame: RefObject<HTMLElement | null>,
  place: RefObject<HTMLElement | null>,
  subject: object,
  calls: Calls,
): XtermScreen | null {
  const { preferences } = useMesh();
  const { terminals } = useWorkspace();
  const { fit, fontPixels, screenReader } = useStore(terminals.look);
  const { theme } = useStore(preferences.state);
  const [screen, setScreen] = useState<XtermScreen | null>(null);

  const typed = useEffectEvent(calls.typed);
  const pasted = useEffectEvent(calls.pasted);
  const key = useEffectEvent(calls.key);
  const title = useEffectEvent(calls.title);
  const link = useEffectEvent(calls.link);
  const found = useEffectEvent(calls.found);
  const ready = useEffectEvent(calls.made);

  useEffect(() => {
    const at = place.current;
    if (!at) return;
    let made: XtermScreen | null = null;
    let over = false;
    void import('./xterm_screen').then(async ({ XtermScreen }) => {
      // A cell is measured once: by the font that is meant.
      await document.fonts.load('14px "JetBrains Mono Variable"').catch(() => []);
      if (over) return;
      made = new XtermScreen(at, { typed, pasted, key, title, link, found });
      ready(made);
      setScreen(made);
    });
    return () => {
      over = true;
      made?.end();
    };
  }, [place, subject]);

  useEffect(() => {
    screen?.readAloud(screenReader);
  }, [screen, screenReader]);
  useEffect(() => {
    screen?.follow();
  }, [screen, theme]);
  useEffect(() => {
    const around = frame.current;
    const at = place.current;
    if (!screen || !around || !at) return;
    const apply = () => {
      screen.size(fit ? around : fontPixels);
    };
    apply();
    const watch = new ResizeObserver(apply);
    watch.observe(around);
    at.addEventListener('terminalsize', apply);
    return () => {
      watch.disconnect();
      at.removeEventListener('terminalsize', apply);
    };
  }, [frame, place, screen, fit, fontPixels]);
  return screen;
}
