/** The viewer's end of a terminal's stream: messages and output in, messages and keys out. */
import { DirectError } from './direct_error';
import { BadFrame, FrameReader, inputFrame } from './frame';
import { parseMessage, type Message } from './message';
import { Outlet } from './outlet';
import type { Pipe } from './transport';

export type TerminalPart =
  | { readonly kind: 'message'; readonly message: Message }
  | { readonly kind: 'output'; readonly snapshot: boolean; readonly bytes: Uint8Array };

/** Of one TERM_IN. */
const inputBytesMax = 65_536;

export class TerminalStream extends Outlet {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  readonly #frames = new FrameReader();

  constructor(pipe: Pipe) {
    super(pipe.writable);
    this.#reader = pipe.readable.getReader();
  }

  /** Null at the end. Throws DirectError: lost, bad_answer. */
  async next(): Promise<TerminalPart | null> {
    for (;;) {
      const part = this.#whole();
      if (part) return part;
      let read;
      try {
        read = await this.#reader.read();
      } catch (thrown) {
        throw new DirectError('connection_lost', String(thrown));
      }
      if (read.done) return null;
      this.#frames.feed(read.value);
    }
  }

  async type(epoch: number, keys: Uint8Array): Promise<void> {
    for (let at = 0; at < keys.length; at += inputBytesMax)
      await this.write(inputFrame(epoch, keys.subarray(at, at + inputBytesMax)));
  }

  override abort(): void {
    super.abort();
    this.#reader.cancel().catch(() => undefined);
  }

  #whole(): TerminalPart | null {
    try {
      const frame = this.#frames.next();
      if (!frame) return null;
      if (frame.kind === 'json') return { kind: 'message', message: parseMessage(frame.text) };
      if (frame.kind !== 'term_out' && frame.kind !== 'term_snapshot')
        throw new BadFrame(`${frame.kind} where a terminal is expected`);
      return { kind: 'output', snapshot: frame.kind === 'term_snapshot', bytes: frame.data };
    } catch (thrown) {
      throw new DirectError('bad_answer', String(thrown));
    }
  }
}
