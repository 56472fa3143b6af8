/** What deserves to be shown outside the page: nobody looks at it here, and they want to hear of it. */
import type { Message } from '../protocol/shapes';
import type { PresenceStatus } from '../protocol/command';
import type { AlertKind } from './preferences';
import { keyOf, type Transfer } from './transfers';

/** `file`: one waits for an answer; `key` tells it from others, `person` offers it. */
export type Alert =
  | {
      readonly kind: 'message';
      readonly title: string;
      readonly body: string;
      readonly roomId: string;
    }
  | {
      readonly kind: 'file';
      readonly key: string;
      readonly person: string;
      readonly name: string;
      readonly machine: string;
    };

/** The browser's notifications. */
export interface AlertPort {
  permission(): 'granted' | 'denied' | 'default' | 'unsupported';
  /** Asks the person, who may refuse. */
  ask(): Promise<'granted' | 'denied' | 'default'>;
  show(alert: Alert): void;
}

const shownCharacters = 140;

interface Mood {
  readonly wanted: AlertKind;
  readonly status: PresenceStatus;
}

interface Situation extends Mood {
  readonly own: boolean;
  /** The room is on the screen and somebody sees it. */
  readonly seen: boolean;
  readonly roomName: string;
  readonly direct: boolean;
}

export function alertFor(message: Message, now: Situation): Alert | null {
  if (now.wanted !== 'all' || now.status === 'dnd' || now.own || now.seen) return null;
  const letters = [...message.text.replaceAll(/\s+/g, ' ')];
  const body =
    letters.length > shownCharacters
      ? `${letters.slice(0, shownCharacters - 1).join('')}…`
      : letters.join('');
  const title = now.direct ? message.username : `${message.username} · ${now.roomName}`;
  return { kind: 'message', title, body, roomId: message.room_id };
}

/** `attentive`: somebody sees the page, where the file shows itself. */
export function alertForFile(
  transfer: Transfer,
  now: Mood & { readonly attentive: boolean },
): Alert | null {
  if (now.wanted === 'none' || now.status === 'dnd' || now.attentive) return null;
  const { username, device_id, name, machine } = transfer;
  const person = username === '' ? device_id : username;
  return { kind: 'file', key: keyOf(transfer), person, name, machine };
}
