/** What deserves to be shown outside the page: nobody looks at it here, and they want to hear of it. */
import type { Message } from '../protocol/shapes';
import type { PresenceStatus } from '../protocol/command';
import { keyOfOwn, type OwnTerminal } from './own_terminals';
import type { AlertKind } from './preferences';
import { keyOf, type Transfer } from './transfers';

/**
 * `file`: one waits for an answer; `key` tells it from others, `person` offers it. `keyboard`: `person` asks for that of
 * a terminal.
 */
export type Alert =
  | {
      readonly kind: 'message';
      readonly title: string;
      readonly body: string;
      readonly roomId: string;
    }
  | {
      readonly kind: 'file' | 'keyboard';
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

/** `attentive`: somebody sees the page, where what waits shows itself. */
interface Waiting extends Mood {
  readonly attentive: boolean;
}
const isSilent = ({ wanted, status, attentive }: Waiting) =>
  wanted === 'none' || status === 'dnd' || attentive;

export function alertForAsk(terminal: OwnTerminal, person: string, now: Waiting): Alert | null {
  if (isSilent(now)) return null;
  const { name, machine } = terminal;
  return { kind: 'keyboard', key: keyOfOwn(terminal), person, name, machine };
}

export function alertForFile(transfer: Transfer, now: Waiting): Alert | null {
  if (isSilent(now)) return null;
  const { username, device_id, name, machine } = transfer;
  const person = username === '' ? device_id : username;
  return { kind: 'file', key: keyOf(transfer), person, name, machine };
}
