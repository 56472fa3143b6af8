/** Round trips by datagrams, which no stream holds up; one that is lost is not sent again. */
import type { Clock } from '../protocol/ports';
import type { Datagrams } from './transport';

/** The first byte says what it is; then comes a number of eight bytes. */
const ping = 0x01;
const pong = 0x02;
const bytesOfOne = 9;
const answerMilliseconds = 1_000;
/** Lost in a row: then nothing between here and the machine lets them through, or it does not know them. */
const lossesMax = 2;

export class DatagramPings {
  readonly #clock: Clock;
  readonly #fine: () => number;
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  #number = 0n;
  #heard: (number: bigint) => void = () => undefined;
  #losses = 0;

  /** `fine`: milliseconds of a clock that only grows, with fractions. */
  constructor({ readable, writable }: Datagrams, clock: Clock, fine: () => number) {
    this.#clock = clock;
    this.#fine = fine;
    this.#reader = readable.getReader();
    this.#writer = writable.getWriter();
    this.#writer.closed.catch(() => undefined);
    void this.#listen().catch(() => undefined);
  }

  /** Milliseconds there and back; null when no answer came, or none is to be expected. */
  async ping(): Promise<number | null> {
    if (this.#losses >= lossesMax) return null;
    const message = new Uint8Array(bytesOfOne);
    message[0] = ping;
    const number = ++this.#number;
    new DataView(message.buffer).setBigUint64(1, number);
    const answer = Promise.withResolvers<number | null>();
    const sent = this.#fine();
    this.#heard = (told) => {
      if (told === number) answer.resolve(this.#fine() - sent);
    };
    const cancel = this.#clock.after(answerMilliseconds, () => {
      answer.resolve(null);
    });
    this.#writer.write(message).catch(() => {
      answer.resolve(null);
    });
    const took = await answer.promise;
    cancel();
    this.#losses = took === null ? this.#losses + 1 : 0;
    return took;
  }

  stop(): void {
    this.#losses = lossesMax;
    this.#writer.abort().catch(() => undefined);
    this.#reader.cancel().catch(() => undefined);
  }

  async #listen(): Promise<void> {
    for (;;) {
      const { done, value } = await this.#reader.read();
      if (done) return;
      if (value.length !== bytesOfOne || value[0] !== pong) continue;
      this.#heard(new DataView(value.buffer, value.byteOffset).getBigUint64(1));
    }
  }
}
