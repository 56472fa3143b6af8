/** A clock that is turned by hand, a socket and a server that do what the test says. */
import type {
  Clock,
  DeviceVault,
  Http,
  HttpRequest,
  OpenSocket,
  Random,
  SocketHandlers,
  Storage,
} from '../protocol/ports';
import type { ChosenPlace, Ability, DirectPort, FromWorker, ToWorker } from '../protocol/direct';
import type { Message, Room } from '../protocol/shapes';

export class HandClock implements Clock {
  #now = Date.parse('2026-01-04T23:00:00.000Z');
  #timers: { at: number; callback: () => void }[] = [];

  now = (): number => this.#now;

  after = (milliseconds: number, callback: () => void): (() => void) => {
    const timer = { at: this.#now + milliseconds, callback };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((it) => it !== timer);
    };
  };

  /** Milliseconds until something is due. */
  get nearest(): number {
    return Math.min(...this.#timers.map(({ at }) => at - this.#now));
  }

  pass(milliseconds: number): void {
    const until = this.#now + milliseconds;
    for (;;) {
      const [next] = this.#timers.filter((it) => it.at <= until).sort((x, y) => x.at - y.at);
      if (!next) break;
      this.#timers = this.#timers.filter((it) => it !== next);
      this.#now = Math.max(this.#now, next.at);
      next.callback();
    }
    this.#now = until;
  }
}

export class CountingRandom implements Random {
  #last = 0;
  unit = (): number => 0.5;
  id = (): string => `id-${String(++this.#last)}`;
}

interface Sent {
  readonly type: string;
  readonly id: string;
  readonly payload: Record<string, unknown>;
}

/** The server's end of the page's WebSocket; the newest connection is `handlers`. */
export class FakeSocket {
  handlers: SocketHandlers | null = null;
  opened = 0;
  closedByPage = 0;
  readonly sent: Sent[] = [];

  readonly open: OpenSocket = (handlers) => {
    this.handlers = handlers;
    this.opened += 1;
    return {
      send: (message) => this.sent.push(JSON.parse(message) as Sent),
      close: () => {
        this.closedByPage += 1;
      },
    };
  };

  ofType(type: string): Sent[] {
    return this.sent.filter((it) => it.type === type);
  }

  emit(type: string, payload: object, head: object = {}): void {
    this.handlers?.received(JSON.stringify({ type, payload, ...head }));
  }

  /** Accepts the connection and greets it. */
  welcome(rooms: Room[] = [], seq = 7): void {
    this.handlers?.opened();
    this.emit('system.welcome', {
      user: { id: 'usr_ana', username: 'ana', created_at: at(0), has_password: true },
      server: { name: 'Mesh', version: '1', time: at(0) },
      rooms,
      presence: [],
      seq,
      heartbeat_seconds: 20,
      limits: { chat_text_bytes: 16_384, message_bytes: 65_536 },
    });
  }
}

type Answer = { status?: number; body?: unknown; headers?: Record<string, string> } | 'no answer';

/** Answers requests by "METHOD path"; what is not named is 404. */
export class FakeServer {
  readonly asked: HttpRequest[] = [];
  readonly answers = new Map<string, Answer | ((request: HttpRequest) => Answer)>();

  readonly http: Http = (request) => {
    this.asked.push(request);
    const found = this.answers.get(`${request.method} ${request.path}`) ?? {
      status: 404,
      body: { error: { code: 'not_found', message: 'no such thing' } },
    };
    const answer = typeof found === 'function' ? found(request) : found;
    if (answer === 'no answer') return Promise.reject(new Error('network'));
    return Promise.resolve({
      status: answer.status ?? 200,
      body: answer.body === undefined ? '' : JSON.stringify(answer.body),
      header: (name) => answer.headers?.[name] ?? null,
    });
  };

  paths(): string[] {
    return this.asked.map(({ method, path }) => `${method} ${path}`);
  }
}

export class MapStorage implements Storage {
  readonly #map = new Map<string, string>();
  get = (key: string): string | null => this.#map.get(key) ?? null;
  set = (key: string, value: string): void => void this.#map.set(key, value);
  remove = (key: string): void => void this.#map.delete(key);
}

export class FakeVault implements DeviceVault {
  made = 1;
  readonly signed: string[] = [];

  open = () => {
    const device_id = `browser-${String(this.made)}`;
    return Promise.resolve({
      device_id,
      name: 'Firefox, Linux',
      public_key: 'key',
      sign: (text: string) => {
        this.signed.push(text);
        return Promise.resolve('signature');
      },
      signBytes: () => Promise.resolve('signature'),
    });
  };

  forget = () => {
    this.made += 1;
    return Promise.resolve();
  };
}

/** The worker that talks to machines, from the page's side. */
export class FakeDirect implements DirectPort {
  ability: Ability = 'able';
  readonly posted: ToWorker[] = [];
  ended = false;
  /** Where the person wants the next file; null: nowhere. */
  place: ChosenPlace | null = null;
  say: (message: FromWorker) => void = () => undefined;

  post = (message: ToWorker): void => void this.posted.push(message);
  listen = (heard: (message: FromWorker) => void): void => {
    this.say = heard;
  };
  choosePlace = (): Promise<ChosenPlace | null> => Promise.resolve(this.place);
  end = (): void => {
    this.ended = true;
  };
}

/** A time so many minutes after a fixed noon. */
export function at(minutes: number): string {
  return new Date(Date.parse('2026-01-04T12:00:00.000Z') + minutes * 60_000).toISOString();
}

export function message(seq: number, more: Partial<Message> = {}): Message {
  return {
    id: `msg_${String(seq)}`,
    room_id: 'rom_1',
    seq,
    user_id: 'usr_ben',
    username: 'ben',
    text: `text ${String(seq)}`,
    client_id: `other-${String(seq)}`,
    created_at: at(seq),
    ...more,
  };
}

export function room(id: string, more: Partial<Room> = {}): Room {
  return {
    id,
    name: id,
    kind: 'room',
    role: 'owner',
    created_at: at(0),
    last_seq: 0,
    members: [
      { user_id: 'usr_ana', username: 'ana', role: 'owner', online: true },
      { user_id: 'usr_ben', username: 'ben', role: 'member', online: false },
    ],
    locked: false,
    waiting: null,
    ...more,
  };
}

/** Lets every promise that can settle do so. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await Promise.resolve();
}
