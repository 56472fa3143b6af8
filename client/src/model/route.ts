/** Which page the address names. The part after # never reaches a server, so a link may carry a one-time code. */
export type Route =
  | { readonly page: 'home' }
  | { readonly page: 'login' }
  | { readonly page: 'register' }
  | { readonly page: 'setup'; readonly token: string }
  | { readonly page: 'invite'; readonly code: string }
  | { readonly page: 'room'; readonly roomId: string }
  | { readonly page: 'devices' }
  | { readonly page: 'transfers' }
  | { readonly page: 'terminals' }
  | { readonly page: 'replay' }
  /** `room`: that it is shared with; null for one of one's own. */
  | {
      readonly page: 'terminal';
      readonly machine: string;
      readonly name: string;
      readonly room: string | null;
    }
  | { readonly page: 'confirm'; readonly code: string | null }
  | { readonly page: 'account' }
  | { readonly page: 'unknown' };

function decoded(part: string): string | null {
  try {
    return decodeURIComponent(part);
  } catch {
    return null;
  }
}

function query(text: string, name: string): string | null {
  for (const pair of text.split('&')) {
    const [key, value] = pair.split('=');
    if (key === name) return decoded(value ?? '');
  }
  return null;
}

function terminalOf(first: string, rest: readonly string[], search: string): Route {
  const [machine, name, ...more] = [first, ...rest].map(decoded);
  if (typeof machine !== 'string' || typeof name !== 'string' || more.length > 0)
    return { page: 'unknown' };
  return { page: 'terminal', machine, name, room: query(search, 'room') };
}

/** `hash`: "#/rooms/rom_1" with or without "#". */
export function parseRoute(hash: string): Route {
  const [path = '', search = ''] = hash.replace(/^#/, '').split('?', 2);
  const [first = '', second, ...rest] = path.split('/').filter((part) => part !== '');
  if (first === 'terminals' && second !== undefined) return terminalOf(second, rest, search);
  if (rest.length > 0) return { page: 'unknown' };
  const argument = second === undefined ? null : decoded(second);
  if (first === '') return { page: 'home' };
  if (first === 'devices' && argument === 'confirm') {
    return { page: 'confirm', code: query(search, 'code') };
  }
  if (argument === null) {
    const plain = (
      ['login', 'register', 'devices', 'transfers', 'terminals', 'replay', 'account'] as const
    ).find((it) => it === first);
    return { page: plain ?? 'unknown' };
  }
  if (first === 'setup') return { page: 'setup', token: argument };
  if (first === 'invite') return { page: 'invite', code: argument };
  if (first === 'rooms') return { page: 'room', roomId: argument };
  return { page: 'unknown' };
}

export function formatRoute(route: Route): string {
  switch (route.page) {
    case 'setup':
      return `#/setup/${encodeURIComponent(route.token)}`;
    case 'invite':
      return `#/invite/${encodeURIComponent(route.code)}`;
    case 'room':
      return `#/rooms/${encodeURIComponent(route.roomId)}`;
    case 'confirm':
      return route.code === null
        ? '#/devices/confirm'
        : `#/devices/confirm?code=${encodeURIComponent(route.code)}`;
    case 'terminal': {
      const path = `#/terminals/${encodeURIComponent(route.machine)}/${encodeURIComponent(route.name)}`;
      return route.room === null ? path : `${path}?room=${encodeURIComponent(route.room)}`;
    }
    case 'home':
    case 'unknown':
      return '#/';
    default:
      return `#/${route.page}`;
  }
}
