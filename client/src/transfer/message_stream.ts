/** One stream to a machine: frames out with back-pressure, messages in. */
import { BadFrame, FrameReader } from './frame';
import { DirectError } from './direct_error';
import { parseMessage, type Message } from './message';
import { Outlet } from './outlet';
import type { Pipe } from './transport';

/** The messages of one readable side. */
export class MessageSource {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  readonly #frames = new FrameReader();

  constructor(readable: ReadableStream<Uint8Array>) {
    this.#reader = readable.getReader();
  }

  /** Null at the end. Throws DirectError: lost, bad_answer. */
  async next(): Promise<Message | null> {
    for (;;) {
      const message = this.#whole();
      if (message) return message;
      const { done, value } = await this.#read();
      if (!done) this.#frames.feed(value);
      else if (this.#frames.partial)
        throw new DirectError('connection_lost', 'the stream ended in a message');
      else return null;
    }
  }

  stop(): void {
    this.#reader.cancel().catch(() => undefined);
  }

  async #read() {
    try {
      return await this.#reader.read();
    } catch (thrown) {
      throw new DirectError('connection_lost', String(thrown));
    }
  }

  #whole(): Message | null {
    try {
      const frame = this.#frames.next();
      if (!frame) return null;
      if (frame.kind !== 'json') throw new BadFrame('content where a message is expected');
      return parseMessage(frame.text);
    } catch (thrown) {
      throw new DirectError('bad_answer', String(thrown));
    }
  }
}

export class MessageStream extends Outlet {
  readonly #source: MessageSource;

  constructor(pipe: Pipe) {
    super(pipe.writable);
    this.#source = new MessageSource(pipe.readable);
  }

  /** The next message. Throws DirectError: lost (also at the end), bad_answer. */
  async receive(): Promise<Message> {
    const message = await this.#source.next();
    if (!message) throw new DirectError('connection_lost', 'the machine ended the stream');
    return message;
  }

  override abort(): void {
    super.abort();
    this.#source.stop();
  }
}
