/** Where the content of one file goes: hashed and written in whole blocks, the last one only once its hash is right. */
import { DirectError } from './direct_error';
import type { Hasher } from './file_sender';

/** A download of the browser, or a file that its person chose. */
export interface Sink {
  /** Resolves when there is room for more. The block is given away. Throws DirectError: canceled, write_failed. */
  write(block: Uint8Array<ArrayBuffer>): Promise<void>;
  /** A block that was given away and is not needed any more, to be filled again. */
  spare?(): Uint8Array<ArrayBuffer> | undefined;
  /** All is there and right; resolves when it stands under its name. */
  finish(): Promise<void>;
  /** Nothing of it is of use. */
  abort(): void;
}

/** What BLAKE3 hashes fastest, and a small part of what may wait in a sink. */
const blockBytes = 262_144;

export class Landing {
  readonly #hasher: Hasher;
  readonly #sink: Sink;
  #block = new Uint8Array(blockBytes);
  #filled = 0;
  #written = 0;

  constructor(hasher: Hasher, sink: Sink) {
    this.#hasher = hasher;
    this.#sink = sink;
  }

  /** Bytes that are safe from a cut of the connection. */
  get written(): number {
    return this.#written;
  }
  /** BLAKE3 of these. */
  get hash(): string {
    return this.#hasher.hex();
  }

  /** What came since the last whole block is thrown away: it will come again. */
  rewind(): void {
    this.#filled = 0;
  }

  async take(content: Uint8Array): Promise<void> {
    let rest = content;
    while (rest.length > 0) {
      // Kept back until more comes, so that the last block waits for the verdict.
      if (this.#filled === blockBytes) await this.#flush();
      const piece = rest.subarray(0, blockBytes - this.#filled);
      this.#block.set(piece, this.#filled);
      this.#filled += piece.length;
      rest = rest.subarray(piece.length);
    }
  }

  /** Throws DirectError hash_mismatch before the file is whole. */
  async finish(hash: string): Promise<void> {
    const tail = this.#block.slice(0, this.#filled);
    this.#hasher.update(tail);
    if (this.#hasher.hex() !== hash) throw new DirectError('hash_mismatch');
    if (tail.length > 0) await this.#sink.write(tail);
    await this.#sink.finish();
  }

  abort(): void {
    this.#sink.abort();
  }

  async #flush(): Promise<void> {
    const block = this.#block;
    this.#hasher.update(block);
    const spare = this.#sink.spare?.();
    this.#block = spare?.length === blockBytes ? spare : new Uint8Array(blockBytes);
    this.#filled = 0;
    this.#written += blockBytes;
    await this.#sink.write(block);
  }
}
