/** Round trips: by datagrams, or on a stream of their own (purpose "ping"), where what one writes the machine sends back. */
import type { Clock } from '../protocol/ports';
import { DirectError } from './direct_error';
import type { DatagramPings } from './datagram_pings';
import { jsonFrame } from './frame';
import type { Pipe } from './transport';
import { within } from './within';

const messageBytes = 8;
const answerMilliseconds = 10_000;

export class Pinger {
  readonly #clock: Clock;
  readonly #fine: () => number;
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  readonly #datagrams: DatagramPings | null;
  #number = 0n;
  #before: Promise<unknown> = Promise.resolve();
  #extra: Uint8Array = new Uint8Array(0);

  /** `fine`: milliseconds of a clock that only grows, with fractions. */
  constructor(
    pipe: Pipe,
    sessionId: string,
    clock: Clock,
    fine: () => number,
    datagrams: DatagramPings | null,
  ) {
    this.#datagrams = datagrams;
    this.#clock = clock;
    this.#fine = fine;
    this.#reader = pipe.readable.getReader();
    this.#writer = pipe.writable.getWriter();
    this.#writer.closed.catch(() => undefined);
    const open = { type: 'STREAM_OPEN', session_id: sessionId, purpose: 'ping' };
    this.#writer.write(jsonFrame(open)).catch(() => undefined);
  }

  /** One round trip in milliseconds, after those asked for before. Throws DirectError lost. */
  ping(): Promise<number> {
    const turn = () => this.#once();
    const mine = this.#before.then(turn, turn);
    this.#before = mine;
    return mine;
  }

  /** The stream decides whether the machine is there: a datagram may be lost. */
  async #once(): Promise<number> {
    return (await this.#datagrams?.ping()) ?? (await this.#byStream());
  }

  async #byStream(): Promise<number> {
    const message = new Uint8Array(messageBytes);
    new DataView(message.buffer).setBigUint64(0, ++this.#number);
    const sent = this.#fine();
    try {
      const answer = this.#writer.write(message).then(() => this.#answer());
      answer.catch(() => undefined); // when it comes too late
      const silent = () => new DirectError('connection_lost', 'no answer to a ping');
      const heard = await within(this.#clock, answerMilliseconds, answer, silent);
      if (heard !== this.#number) throw new DirectError('bad_answer', 'a ping came back changed');
    } catch (thrown) {
      throw thrown instanceof DirectError
        ? thrown
        : new DirectError('connection_lost', String(thrown));
    }
    return this.#fine() - sent;
  }

  stop(): void {
    this.#datagrams?.stop();
    this.#writer.abort().catch(() => undefined);
    this.#reader.cancel().catch(() => undefined);
  }

  async #answer(): Promise<bigint> {
    while (this.#extra.length < messageBytes) {
      const { done, value } = await this.#reader.read();
      if (done) throw new DirectError('connection_lost', 'the machine ended the pings');
      const joined = new Uint8Array(this.#extra.length + value.length);
      joined.set(this.#extra);
      joined.set(value, this.#extra.length);
      this.#extra = joined;
    }
    const view = new DataView(this.#extra.buffer, this.#extra.byteOffset);
    const number = view.getBigUint64(0);
    this.#extra = this.#extra.subarray(messageBytes);
    return number;
  }
}
