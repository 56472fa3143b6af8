/** The bytes of a chosen file, in order: one stream of the browser's over many pieces, which each piece of its own would slow down. */
import { DirectError } from './direct_error';

/** A Blob. */
export interface Source {
  readonly size: number;
  slice(start: number, end: number): { stream(): ReadableStream<Uint8Array> };
}

/** Browsers look only when a stream begins whether the file is still the one that was chosen. */
const streamBytes = 67_108_864;

const nothing = new Uint8Array(0);

export class ContentReader {
  readonly #source: Source;
  #reader: ReadableStreamDefaultReader<Uint8Array> | null = null;
  /** Came from the stream and was not asked for yet; it begins at #offset. */
  #unread: Uint8Array = nothing;
  #offset = 0;
  #end = 0;
  #reads = 0;

  constructor(source: Source) {
    this.#source = source;
  }

  /** Fills `into` with what the file holds from `offset` on. Throws DirectError file_changed. */
  async read(offset: number, into: Uint8Array): Promise<void> {
    if (offset !== this.#offset) this.close();
    this.#offset = offset;
    this.#reads += 1;
    let filled = 0;
    while (filled < into.length) {
      const piece = await this.#some(into.length - filled);
      into.set(piece, filled);
      filled += piece.length;
    }
  }

  /** After the last of it: that nobody wrote to it between the reads. Throws DirectError file_changed. */
  async check(): Promise<void> {
    this.close();
    if (this.#reads > 1) await this.read(this.#source.size - 1, new Uint8Array(1));
  }

  close(): void {
    this.#reader?.cancel().catch(() => undefined);
    this.#reader = null;
    this.#unread = nothing;
    this.#end = 0;
  }

  async #some(bytesMax: number): Promise<Uint8Array> {
    while (this.#unread.length === 0) this.#unread = await this.#next();
    const piece = this.#unread.subarray(0, bytesMax);
    this.#unread = this.#unread.subarray(piece.length);
    this.#offset += piece.length;
    return piece;
  }

  async #next(): Promise<Uint8Array> {
    if (!this.#reader || this.#offset === this.#end) this.#open();
    let came;
    try {
      came = await this.#reader?.read();
    } catch (thrown) {
      // What a browser says of a file that is not what it was when it was chosen.
      throw new DirectError('file_changed', String(thrown));
    }
    if (!came?.value) throw new DirectError('file_changed');
    return came.value;
  }

  #open(): void {
    this.close();
    this.#end = Math.min(this.#offset + streamBytes, this.#source.size);
    this.#reader = this.#source.slice(this.#offset, this.#end).stream().getReader();
  }
}
