/** The page's own WebSocket link: connects, says hello, notices a dead link, comes back with backoff and resumes. */
import { renderCommand, type Command, type PresenceStatus } from '../protocol/command';
import { parseEvent, type ServerEvent, type Welcome } from '../protocol/event';
import type { Clock, OpenSocket, Random, Socket } from '../protocol/ports';
import { backoffMilliseconds } from './backoff';
import { Store } from './store';

export type LinkState =
  | { readonly phase: 'idle' }
  | { readonly phase: 'connecting'; readonly failures: number }
  | { readonly phase: 'online' }
  /** `retryAt`: milliseconds since 1970. */
  | { readonly phase: 'waiting'; readonly failures: number; readonly retryAt: number };

export interface ConnectionListener {
  /** `again`: an earlier connection existed, so things may have been missed. */
  welcomed(welcome: Welcome, again: boolean): void;
  received(event: ServerEvent): void;
  /** The link was lost or could not be made; the next try is scheduled already. */
  lost(): void;
}

const welcomeWithinMilliseconds = 10_000;
const answerWithinMilliseconds = 10_000;

interface Ports {
  readonly open: OpenSocket;
  readonly clock: Clock;
  readonly random: Random;
}

export class Connection {
  readonly state = new Store<LinkState>({ phase: 'idle' });
  readonly #ports: Ports;
  readonly #listener: ConnectionListener;
  readonly #version: string;
  #socket: Socket | null = null;
  #deviceId: string | null = null;
  #since: number | null = null;
  #failures = 0;
  #heartbeatMilliseconds = 20_000;
  #cancelTimer: () => void = () => undefined;
  #probe: () => Command | null = () => null;
  #status: () => PresenceStatus = () => 'online';

  constructor(ports: Ports, listener: ConnectionListener, version: string) {
    this.#ports = ports;
    this.#listener = listener;
    this.#version = version;
  }

  /**
   * `probe`: a command that the server always answers, sent when the link has been silent for long. `status`: how
   * the person is, for the greeting.
   */
  start(
    deviceId: string | null,
    probe: () => Command | null,
    status: () => PresenceStatus = () => 'online',
  ): void {
    this.#deviceId = deviceId;
    this.#probe = probe;
    this.#status = status;
    if (this.state.get().phase === 'idle') this.#connect();
  }

  /** The next hello names no device. */
  forgetDevice(): void {
    this.#deviceId = null;
  }

  stop(): void {
    this.#drop();
    this.state.set({ phase: 'idle' });
  }

  /** Tries at once, for "retry now" and for a network that has just come back. */
  retryNow = (): void => {
    if (this.state.get().phase !== 'waiting') return;
    this.#failures = 0;
    this.#connect();
  };

  /** The network went away under us, or the machine slept: do not wait for the silence to be noticed. */
  suspect = (): void => {
    if (this.state.get().phase === 'online') this.#ask();
  };

  /** The id of the sent event, or null when there is no link. */
  send(command: Command): string | null {
    if (this.state.get().phase !== 'online') return null;
    return this.#post(command);
  }

  #post(command: Command): string | null {
    if (!this.#socket) return null;
    const id = this.#ports.random.id();
    const timestamp = new Date(this.#ports.clock.now()).toISOString();
    this.#socket.send(renderCommand(command, id, timestamp));
    return id;
  }

  #connect(): void {
    this.#drop();
    this.state.set({ phase: 'connecting', failures: this.#failures });
    this.#wait(welcomeWithinMilliseconds, () => {
      this.#fail();
    });
    // A socket that was dropped may still call back; only the newest one is heard.
    const socket: Socket = this.#ports.open({
      opened: () => {
        if (socket === this.#socket) this.#hello();
      },
      received: (message) => {
        if (socket === this.#socket) this.#receive(message);
      },
      closed: () => {
        if (socket === this.#socket) this.#fail();
      },
    });
    this.#socket = socket;
  }

  #hello(): void {
    this.#post({
      type: 'system.hello',
      payload: {
        kind: 'browser',
        version: this.#version,
        status: this.#status(),
        ...(this.#deviceId === null ? {} : { device_id: this.#deviceId }),
        ...(this.#since === null ? {} : { since: this.#since }),
      },
    });
  }

  #receive(message: string): void {
    let event: ServerEvent;
    try {
      event = parseEvent(message);
    } catch {
      return; // one event we cannot read must not take the link down
    }
    if (this.state.get().phase === 'online') this.#listen();
    if (event.seq !== null) this.#since = Math.max(this.#since ?? 0, event.seq);
    if (event.type === 'system.welcome') this.#welcome(event.payload);
    else this.#listener.received(event);
  }

  #welcome(welcome: Welcome): void {
    const again = this.#since !== null;
    if (!again) this.#since = welcome.seq;
    this.#failures = 0;
    this.#heartbeatMilliseconds = welcome.heartbeat_seconds * 1000;
    this.state.set({ phase: 'online' });
    this.#listen();
    this.#listener.welcomed(welcome, again);
  }

  /** The browser hides the server's pings, so silence alone says nothing: ask, and wait for any answer. */
  #listen(): void {
    this.#wait(this.#heartbeatMilliseconds * 1.5, () => {
      this.#ask();
    });
  }

  #ask(): void {
    const command = this.#probe();
    if (!command) {
      this.#listen();
      return;
    }
    this.#post(command);
    this.#wait(answerWithinMilliseconds, () => {
      this.#fail();
    });
  }

  #fail(): void {
    this.#drop();
    this.#failures += 1;
    const delay = backoffMilliseconds(this.#failures, this.#ports.random.unit());
    this.state.set({
      phase: 'waiting',
      failures: this.#failures,
      retryAt: this.#ports.clock.now() + delay,
    });
    this.#wait(delay, () => {
      this.#connect();
    });
    this.#listener.lost();
  }

  #wait(milliseconds: number, then: () => void): void {
    this.#cancelTimer();
    this.#cancelTimer = this.#ports.clock.after(milliseconds, then);
  }

  #drop(): void {
    this.#cancelTimer();
    const socket = this.#socket;
    this.#socket = null;
    socket?.close();
  }
}
