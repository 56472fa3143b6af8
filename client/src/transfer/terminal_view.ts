/** One terminal that this page looks at: a session and a stream of its own, taken up again after every cut, until it ends. */
import { backoffMilliseconds } from '../model/backoff';
import {
  unseen,
  type TerminalPlace,
  type TerminalReport,
  type TerminalSize,
} from '../protocol/terminal';
import { Approach, type ApproachPorts } from './approach';
import { asDirectError, DirectError } from './direct_error';
import type { Link } from './link';
import type { Message } from './message';
import { TerminalStream } from './terminal_stream';

export interface TerminalEvents {
  told(report: TerminalReport): void;
  output(bytes: Uint8Array, snapshot: boolean): void;
}

export interface ViewPorts extends ApproachPorts {
  readonly unit: () => number;
}

/** Signs of life: the sharer takes the keyboard back from who is silent for 15 seconds. */
const aliveMilliseconds = 2_000;
/** Output that the page has not drawn; then reading stops, and the sharer sends a snapshot instead of all of it. */
const undrawnBytesMax = 1_048_576;
/** In a row, without having seen the terminal in between. */
const failuresMax = 8;

export class TerminalView {
  readonly #place: TerminalPlace;
  readonly #approach: Approach;
  readonly #ports: ViewPorts;
  readonly #events: TerminalEvents;
  #report: TerminalReport = unseen;
  #link: Link | null = null;
  /** A direct one that takes the place of a relayed one. */
  #better: Link | null = null;
  #asking = false;
  #stream: TerminalStream | null = null;
  #failures = 0;
  #seen = false;
  #undrawn = 0;
  #room = Promise.withResolvers<undefined>();
  #over = false;
  #skipWait: () => void = () => undefined;
  #cancelAlive: () => void = () => undefined;

  constructor(place: TerminalPlace, ports: ViewPorts, events: TerminalEvents) {
    const { machine, room } = place;
    this.#place = place;
    this.#approach = new Approach({ machine, purpose: 'terminal', room }, ports);
    this.#ports = ports;
    this.#events = events;
  }

  /** Until the terminal ends, cannot be seen, or end(). */
  async run(): Promise<void> {
    while (!this.#over) {
      if (!this.#better) this.#tell({ phase: 'connecting', retryAt: null });
      try {
        await this.#once();
        return;
      } catch (thrown) {
        // A shell that ended may take the stream down before all of it was read.
        if (this.#report.exit) {
          this.#ended();
          return;
        }
        if (!this.#better) await this.#afterFailure(asDirectError(thrown));
      }
    }
  }

  /** Does not wait for the next try any longer. */
  again(): void {
    this.#failures = 0;
    this.#skipWait();
  }

  end(): void {
    this.#over = true;
    this.#skipWait();
    this.#room.resolve(undefined);
    this.#link?.close();
    this.#better?.close();
  }

  /** The sharer is asked for the keyboard, by this session: it shall not change now. */
  asks(on: boolean): void {
    this.#asking = on;
  }

  renewed(session: string, token: string): void {
    if (this.#link?.sessionId === session) this.#link.renew(token);
  }

  /** Goes nowhere without the keyboard. */
  type(keys: Uint8Array): void {
    const { epoch } = this.#report;
    if (epoch !== null) this.#stream?.type(epoch, keys).catch(() => undefined);
  }

  suggest(text: string): void {
    this.#stream?.send({ type: 'TERM_SUGGEST', text }).catch(() => undefined);
  }

  /** Nothing changes before the sharer says so. */
  askSize({ cols, rows }: TerminalSize): void {
    this.#stream?.send({ type: 'TERM_RESIZE', cols, rows }).catch(() => undefined);
  }

  drawn(count: number): void {
    this.#undrawn -= count;
    if (this.#undrawn < undrawnBytesMax) this.#room.resolve(undefined);
  }

  async #once(): Promise<void> {
    try {
      const link = await this.#connected();
      this.#link = link;
      if (this.#over) return;
      const { sessionId, address, path } = link;
      this.#tell({ session: sessionId, address, path, roundTrip: null });
      const stream = await link.openStream('terminal', TerminalStream);
      this.#stream = stream;
      await stream.send({ type: 'TERM_WATCH', on: true, name: this.#place.name });
      this.#alive(stream);
      await link.unlessLost(this.#read(stream));
    } finally {
      this.#cancelAlive();
      this.#link?.close();
      this.#link = null;
      this.#stream = null;
    }
  }

  #connected(): Promise<Link> | Link {
    const better = this.#better;
    this.#better = null;
    if (better?.usable) return better;
    const asking = () => {
      this.#tell({ phase: 'permission' });
    };
    return this.#approach.open(asking, {
      // The keyboard goes with the session.
      welcome: () => this.#report.epoch === null && !this.#asking,
      take: (direct) => {
        this.#better = direct;
      },
    });
  }

  async #read(stream: TerminalStream): Promise<void> {
    for (;;) {
      const part = await stream.next();
      if (part?.kind === 'output') await this.#show(part.bytes, part.snapshot);
      else if (part) this.#heard(part.message);
      else if (this.#report.exit) break;
      else throw new DirectError('connection_lost', 'the machine ended the stream');
    }
    this.#ended();
  }

  #ended(): void {
    this.#tell({ phase: 'ended', epoch: null, controller: null, watching: [], error: null });
  }

  async #show(bytes: Uint8Array, snapshot: boolean): Promise<void> {
    this.#undrawn += bytes.length;
    this.#events.output(bytes, snapshot);
    while (this.#undrawn >= undrawnBytesMax && !this.#over) {
      this.#room = Promise.withResolvers<undefined>();
      await this.#room.promise;
    }
  }

  #heard(message: Message): void {
    switch (message.type) {
      case 'TERM_OPEN':
        this.#failures = 0;
        this.#seen = true;
        this.#tell({
          phase: 'open',
          error: null,
          cols: message.cols,
          rows: message.rows,
          mayControl: message.control,
        });
        break;
      case 'TERM_RESIZE':
        this.#tell({ cols: message.cols, rows: message.rows });
        break;
      case 'TERM_STATE': {
        const { watching, controller, epoch, hidden, asked } = message;
        const recorded = message.recorded ?? false;
        this.#tell({ watching, controller, epoch, hidden, recorded, asked });
        break;
      }
      case 'TERM_ALIVE':
        this.#tell({ roundTrip: Math.max(0, this.#ports.fine() - message.sent / 1000) });
        break;
      case 'TERM_EXIT':
        this.#tell({ exit: { code: message.code, signal: message.signal } });
        break;
      case 'TERM_REFUSED':
        throw new DirectError(message.code, message.message);
      default:
    }
  }

  /** At once, and again and again. */
  #alive(stream: TerminalStream): void {
    const sent = Math.round(this.#ports.fine() * 1000);
    stream.send({ type: 'TERM_ALIVE', sent }).catch(() => undefined);
    this.#cancelAlive = this.#ports.clock.after(aliveMilliseconds, () => {
      this.#alive(stream);
    });
  }

  async #afterFailure(why: DirectError): Promise<void> {
    if (this.#over) return;
    this.#failures += 1;
    const error = { code: why.code, detail: why.message };
    const gone = {
      epoch: null,
      controller: null,
      watching: [],
      asked: null,
      roundTrip: null,
      error,
    } as const;
    const waiting = Promise.withResolvers<undefined>();
    this.#skipWait = () => {
      waiting.resolve(undefined);
    };
    let cancel: () => void = () => undefined;
    // A machine that has just started again takes its terminals up a moment later.
    const passing = why.passing || (this.#seen && why.code === 'terminal_unknown');
    if (passing && this.#failures <= failuresMax) {
      const delay = backoffMilliseconds(this.#failures, this.#ports.unit());
      this.#tell({ ...gone, phase: 'retrying', retryAt: this.#ports.clock.now() + delay });
      cancel = this.#ports.clock.after(delay, this.#skipWait);
    } else {
      this.#tell({ ...gone, phase: 'failed', retryAt: null });
    }
    await waiting.promise;
    cancel();
  }

  #tell(more: Partial<TerminalReport>): void {
    if (this.#over) return;
    this.#report = { ...this.#report, ...more };
    this.#events.told(this.#report);
  }
}
