/** The events a page sends. */

/** How a person says they are. */
export type PresenceStatus = 'online' | 'away' | 'dnd';

/** What a person wants of a transfer of one of their agents. */
export type TransferWish = 'accept' | 'refuse' | 'pause' | 'resume' | 'cancel' | 'retry' | 'first';

/** What a person wants of a terminal that one of their machines shares. `viewer`: the name of who asks. */
export type TerminalWish =
  | { readonly action: 'allow'; readonly viewer: string; readonly minutes: number }
  | { readonly action: 'once' | 'deny' | 'fit' | 'keep'; readonly viewer: string }
  | { readonly action: 'revoke' | 'hide' | 'show' };

interface Payloads {
  'system.hello': {
    device_id?: string;
    kind: 'browser';
    version: string;
    since?: number;
    status?: PresenceStatus;
  };
  'presence.set': { status: PresenceStatus };
  'room.join': { room_id: string };
  'chat.send': { room_id: string; text: string; client_id: string };
  'chat.typing': { room_id: string };
  'p2p.session.renew': { session_id: string };
  'p2p.session.close': { session_id: string };
  /** To the machine that shares: asks for its keyboard, or gives it back. */
  'terminal.control.request': { session_id: string; user_id: string };
  'terminal.control.revoked': { session_id: string; user_id: string; reason: string };
  'terminal.manage': { action: 'list' } | (TerminalWish & { name: string });
  'share.control': { action: 'list' } | { action: TransferWish; transfer_id: string };
}

export type CommandType = keyof Payloads;
export type Command = {
  [K in CommandType]: {
    readonly type: K;
    /** Whom it is for, when it is not for the server. */
    readonly to?: string;
    readonly payload: Readonly<Payloads[K]>;
  };
}[CommandType];

/** `id` comes back as `reply_to` of the answer; `timestamp` is RFC 3339. */
export function renderCommand(command: Command, id: string, timestamp: string): string {
  const { type, to, payload } = command;
  return JSON.stringify({ type, id, timestamp, to, payload });
}
