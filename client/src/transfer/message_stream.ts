/** One stream to a machine: frames out with back-pressure, messages in. */
import { BadFrame, FrameReader, jsonFrame } from './frame';
import { DirectError } from './direct_error';
import { parseMessage, type Message } from './message';
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

export class MessageStream {
  readonly #source: MessageSource;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;

  constructor(pipe: Pipe) {
    this.#source = new MessageSource(pipe.readable);
    this.#writer = pipe.writable.getWriter();
    this.#writer.closed.catch(() => undefined); // told by the write that meets it
  }

  /** The next message. Throws DirectError: lost (also at the end), bad_answer. */
  async receive(): Promise<Message> {
    const message = await this.#source.next();
    if (!message) throw new DirectError('connection_lost', 'the machine ended the stream');
    return message;
  }

  send(message: object): Promise<void> {
    return this.write(jsonFrame(message));
  }

  /** Resolves when there is room for more; `gone` is called once these bytes left our hands. Throws DirectError lost. */
  async write(frame: Uint8Array<ArrayBuffer>, gone: () => void = () => undefined): Promise<void> {
    try {
      this.#writer.write(frame).then(gone, () => undefined);
      await this.#writer.ready;
    } catch (thrown) {
      throw new DirectError('connection_lost', String(thrown));
    }
  }

  /** Nothing more will be sent. */
  async finish(): Promise<void> {
    try {
      await this.#writer.close();
    } catch (thrown) {
      throw new DirectError('connection_lost', String(thrown));
    }
  }

  abort(): void {
    this.#writer.abort().catch(() => undefined);
    this.#source.stop();
  }
}
