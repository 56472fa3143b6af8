/** What a machine sends when content may be among it: messages, and content in pieces as they come, never copied. */
import { DirectError } from './direct_error';
import { headBytes, headBytesMin, readHead } from './frame';
import { parseMessage, type Message } from './message';

export type Part =
  | { readonly kind: 'message'; readonly message: Message }
  /** Content of a file begins: that many bytes at that offset, in the next parts. */
  | { readonly kind: 'chunk'; readonly offset: number; readonly bytes: number }
  /** Only until the next call of next(). */
  | { readonly kind: 'content'; readonly bytes: Uint8Array };

const readBytes = 262_144;

/** Reads into one buffer again and again where the browser can, which spares it and us a copy. */
class RawReader {
  readonly #plain: ReadableStreamDefaultReader<Uint8Array> | null = null;
  readonly #byob: ReadableStreamBYOBReader | null = null;
  #buffer = new ArrayBuffer(0);

  constructor(readable: ReadableStream<Uint8Array>) {
    try {
      this.#byob = readable.getReader({ mode: 'byob' });
      this.#buffer = new ArrayBuffer(readBytes);
    } catch {
      this.#plain = readable.getReader();
    }
  }

  /** Null at the end. */
  async read(): Promise<Uint8Array | null> {
    if (!this.#byob) return (await this.#plain?.read())?.value ?? null;
    const { done, value } = await this.#byob.read(new Uint8Array(this.#buffer));
    if (done || !value) return null;
    this.#buffer = value.buffer;
    return value;
  }

  stop(): void {
    const reader = this.#byob ?? this.#plain;
    reader?.cancel().catch(() => undefined);
  }
}

export class PartSource {
  readonly #reader: RawReader;
  #unread: Uint8Array = new Uint8Array(0);
  /** The beginning of a frame whose head, or whose JSON, is not whole yet. */
  #begun: Uint8Array = new Uint8Array(0);
  /** Content of this chunk that is still to come. */
  #left = 0;

  constructor(readable: ReadableStream<Uint8Array>) {
    this.#reader = new RawReader(readable);
  }

  /** Null at the end. Throws DirectError: lost, bad_answer. */
  async next(): Promise<Part | null> {
    for (;;) {
      if (this.#unread.length > 0) {
        const part = this.#left > 0 ? this.#content() : this.#head();
        if (part) return part;
      } else if (!(await this.#more())) {
        if (this.#left > 0 || this.#begun.length > 0)
          throw new DirectError('connection_lost', 'the stream ended in a frame');
        return null;
      }
    }
  }

  stop(): void {
    this.#reader.stop();
  }

  async #more(): Promise<boolean> {
    try {
      const bytes = await this.#reader.read();
      if (!bytes) return false;
      this.#unread = bytes;
      return true;
    } catch (thrown) {
      throw new DirectError('connection_lost', String(thrown));
    }
  }

  #content(): Part {
    const bytes = this.#unread.subarray(0, this.#left);
    this.#unread = this.#unread.subarray(bytes.length);
    this.#left -= bytes.length;
    return { kind: 'content', bytes };
  }

  #head(): Part | null {
    try {
      if (!this.#gather(headBytesMin) || !this.#gather(headBytes(this.#begun))) return null;
      const head = readHead(this.#begun);
      if (head.kind === 'file_chunk') {
        this.#begun = new Uint8Array(0);
        this.#left = head.bytes;
        return { kind: 'chunk', offset: head.offset, bytes: head.bytes };
      }
      if (!this.#gather(4 + head.bytes)) return null;
      const text = new TextDecoder('utf-8', { fatal: true }).decode(this.#begun.subarray(4));
      this.#begun = new Uint8Array(0);
      return { kind: 'message', message: parseMessage(text) };
    } catch (thrown) {
      throw new DirectError('bad_answer', String(thrown));
    }
  }

  /** Whether the beginning of the frame holds that many bytes now. */
  #gather(bytes: number): boolean {
    const missing = bytes - this.#begun.length;
    if (missing <= 0) return true;
    const more = this.#unread.subarray(0, missing);
    const joined = new Uint8Array(this.#begun.length + more.length);
    joined.set(this.#begun);
    joined.set(more, this.#begun.length);
    this.#begun = joined;
    this.#unread = this.#unread.subarray(more.length);
    return more.length === missing;
  }
}
