/** One stream inside a relayed connection, with credit for both directions. */
import { dataBytesMax, frameKind, numberBody, type FrameKind } from './relay_frame';
import type { Pipe } from './transport';

/** What may be under way in one direction, as the machine has it too. */
export const windowBytes = 524_288;
const creditStep = windowBytes / 4;
/** Of p2p/close_code: the reader or writer here wants no more. */
const canceled = 0x12;

export type Say = (kind: FrameKind, stream: number, body?: Uint8Array) => void;

export class RelayLane {
  readonly number: number;
  readonly pipe: Pipe;
  readonly #say: Say;
  readonly #done: () => void;
  #credit = windowBytes;
  #awaited: PromiseWithResolvers<undefined> | null = null;
  #room = windowBytes;
  #taken = 0;
  readonly #arrived: Uint8Array[] = [];
  #ended = false;
  #finished = false;
  #over = false;
  #wanted = false;
  #reading: ReadableStreamDefaultController<Uint8Array> | null = null;
  #writing: WritableStreamDefaultController | null = null;

  /** `done`: nothing more will be said about it. */
  constructor(number: number, say: Say, done: () => void) {
    this.number = number;
    this.#say = say;
    this.#done = done;
    const readable = new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          this.#reading = controller;
        },
        pull: () => {
          this.#wanted = true;
          this.#hand();
        },
        cancel: () => {
          this.#reset();
        },
      },
      { highWaterMark: 0 },
    );
    const writable = new WritableStream<Uint8Array>({
      start: (controller) => {
        this.#writing = controller;
      },
      write: (bytes) => this.#write(bytes),
      close: () => {
        this.#finished = true;
        this.#say(frameKind.fin, this.number);
        this.#maybeDone();
      },
      abort: () => {
        this.#reset();
      },
    });
    this.pipe = { readable, writable };
  }

  /** False when there was no room for it. */
  data(bytes: Uint8Array): boolean {
    if (bytes.length > this.#room || this.#ended) return false;
    this.#room -= bytes.length;
    this.#arrived.push(bytes);
    this.#hand();
    return true;
  }

  end(): void {
    this.#ended = true;
    if (this.#wanted || this.#arrived.length === 0) this.#hand();
    this.#maybeDone();
  }

  credit(bytes: number): void {
    this.#credit += bytes;
    this.#awaited?.resolve(undefined);
    this.#awaited = null;
  }

  /** The machine ended it, or the connection is gone. */
  broke(why: Error): void {
    if (this.#over) return;
    this.#over = true;
    this.#reading?.error(why);
    this.#writing?.error(why);
    this.#awaited?.reject(why);
    this.#awaited = null;
    this.#done();
  }

  #hand(): void {
    if (this.#over) return;
    if (this.#wanted) {
      const next = this.#arrived.shift();
      if (next) {
        this.#wanted = false;
        this.#give(next.length);
        this.#reading?.enqueue(next);
      }
    }
    if (this.#ended && this.#arrived.length === 0) {
      this.#reading?.close();
      this.#reading = null;
    }
  }

  #give(bytes: number): void {
    this.#taken += bytes;
    if (this.#taken < creditStep || this.#ended) return;
    this.#room += this.#taken;
    this.#say(frameKind.credit, this.number, numberBody(this.#taken));
    this.#taken = 0;
  }

  async #write(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length;) {
      if (this.#credit === 0) {
        this.#awaited = Promise.withResolvers();
        await this.#awaited.promise;
      }
      if (this.#over) return;
      const size = Math.min(bytes.length - at, this.#credit, dataBytesMax);
      this.#credit -= size;
      this.#say(frameKind.data, this.number, bytes.subarray(at, at + size));
      at += size;
    }
  }

  #reset(): void {
    if (this.#over || (this.#ended && this.#finished)) return;
    this.#say(frameKind.reset, this.number, numberBody(canceled));
    this.broke(new Error('given up here'));
  }

  #maybeDone(): void {
    if (this.#ended && this.#finished) this.#done();
  }
}
