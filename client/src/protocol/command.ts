/** The events a page sends. */

/** How a person says they are. */
export type PresenceStatus = 'online' | 'away' | 'dnd';

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
}

export type CommandType = keyof Payloads;
export type Command = {
  [K in CommandType]: { readonly type: K; readonly payload: Readonly<Payloads[K]> };
}[CommandType];

/** `id` comes back as `reply_to` of the answer; `timestamp` is RFC 3339. */
export function renderCommand(command: Command, id: string, timestamp: string): string {
  return JSON.stringify({ type: command.type, id, timestamp, payload: command.payload });
}
