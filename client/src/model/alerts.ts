/** When a message deserves to be shown outside the page: nobody looks at it here, and they want to hear of it. */
import type { Message } from '../protocol/shapes';
import type { PresenceStatus } from '../protocol/command';
import type { AlertKind } from './preferences';

export interface Alert {
  readonly title: string;
  readonly body: string;
  readonly roomId: string;
}

/** The browser's notifications. */
export interface AlertPort {
  permission(): 'granted' | 'denied' | 'default' | 'unsupported';
  /** Asks the person, who may refuse. */
  ask(): Promise<'granted' | 'denied' | 'default'>;
  show(alert: Alert): void;
}

const shownCharacters = 140;

interface Situation {
  readonly wanted: AlertKind;
  readonly status: PresenceStatus;
  readonly own: boolean;
  /** The room is on the screen and somebody sees it. */
  readonly seen: boolean;
  readonly roomName: string;
  readonly direct: boolean;
}

export function alertFor(message: Message, now: Situation): Alert | null {
  if (now.wanted === 'none' || now.status === 'dnd' || now.own || now.seen) return null;
  const letters = [...message.text.replaceAll(/\s+/g, ' ')];
  const body =
    letters.length > shownCharacters
      ? `${letters.slice(0, shownCharacters - 1).join('')}…`
      : letters.join('');
  const title = now.direct ? message.username : `${message.username} · ${now.roomName}`;
  return { title, body, roomId: message.room_id };
}
