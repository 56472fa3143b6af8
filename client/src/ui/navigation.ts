/** The page's address: the part after # names what is shown. */
import { useMemo, useSyncExternalStore } from 'react';
import { formatRoute, parseRoute, type Route } from '../model/route';

function subscribe(watcher: () => void): () => void {
  window.addEventListener('hashchange', watcher);
  return () => {
    window.removeEventListener('hashchange', watcher);
  };
}

export function useRoute(): Route {
  const hash = useSyncExternalStore(subscribe, () => location.hash);
  return useMemo(() => parseRoute(hash), [hash]);
}

export function go(route: Route): void {
  location.hash = formatRoute(route);
}

/** Takes the place of the current address, so that Back does not return to it. */
export function replaceWith(route: Route): void {
  history.replaceState(null, '', formatRoute(route));
  window.dispatchEvent(new HashChangeEvent('hashchange'));
}
