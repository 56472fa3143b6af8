/** Sends one file over one stream, with bounded memory: one piece read ahead, the rest waits for the machine. */
import type { Clock } from '../protocol/ports';
import { asDirectError, DirectError } from './direct_error';
import { FileSender, type Hasher, type Piece } from './file_sender';
import { chunkFrame } from './frame';
import type { FileMeta } from './message';
import type { MessageStream } from './message_stream';
import { within } from './within';

/** A Blob. */
export interface Source {
  readonly size: number;
  slice(start: number, end: number): { arrayBuffer(): Promise<ArrayBuffer> };
}

export interface SendEvents {
  /** The machine takes it; `comparing`: it has some of it already. */
  accepted(comparing: boolean): void;
  /** The bytes that are sent begin here. */
  started(offset: number): void;
  /** Everything before this was handed over. */
  moved(offset: number): void;
}

/** The receiver waits for its person five minutes at most and says so itself. */
const decisionMilliseconds = 330_000;
/** After everything was sent: its disk may be slow. */
const verdictMilliseconds = 120_000;
/** The last word of a receiver that stopped listening. */
const lastWordMilliseconds = 3_000;
/** While bytes are only compared, the receiver hears that we get on. */
const signMilliseconds = 10_000;

export interface Sent {
  readonly hash: string;
  readonly name: string;
}

class Sending {
  readonly #stream: MessageStream;
  readonly #source: Source;
  readonly #sender: FileSender;
  readonly #events: SendEvents;
  readonly #clock: Clock;
  readonly #decided = Promise.withResolvers<undefined>();

  constructor(
    stream: MessageStream,
    source: Source,
    sender: FileSender,
    events: SendEvents,
    clock: Clock,
  ) {
    this.#stream = stream;
    this.#source = source;
    this.#sender = sender;
    this.#events = events;
    this.#clock = clock;
  }

  async run(): Promise<Sent> {
    const heard = this.#listen();
    heard.catch((thrown: unknown) => {
      this.#decided.reject(thrown);
    });
    this.#decided.promise.catch(() => undefined); // when writing fails first
    try {
      await this.#say();
    } catch (thrown) {
      // A machine that refuses stops listening first; its reason is better than ours.
      const silent = () => asDirectError(thrown);
      if (asDirectError(thrown).code === 'connection_lost')
        await within(this.#clock, lastWordMilliseconds, heard, silent);
      throw thrown;
    }
    await within(
      this.#clock,
      verdictMilliseconds,
      heard,
      () => new DirectError('connection_lost', 'no verdict'),
    );
    return { hash: this.#sender.hash, name: this.#sender.nameThere };
  }

  async #listen(): Promise<void> {
    while (this.#sender.phase !== 'finished') {
      this.#sender.onMessage(await this.#stream.receive());
      if (this.#sender.phase !== 'offered') this.#decided.resolve(undefined);
    }
  }

  async #say(): Promise<void> {
    await this.#stream.send(this.#sender.meta);
    await within(
      this.#clock,
      decisionMilliseconds,
      this.#decided.promise,
      () => new DirectError('timed_out'),
    );
    this.#events.accepted(this.#sender.start === null);
    await this.#content();
    await this.#stream.send(this.#sender.done());
    await this.#stream.finish();
  }

  async #content(): Promise<void> {
    let started = false;
    let signed = this.#clock.now();
    let ahead = this.#ahead();
    while (ahead) {
      const { piece } = ahead;
      const content = await ahead.content;
      this.#sender.took(content);
      ahead = this.#ahead();
      if (!started && this.#sender.start !== null) {
        started = true;
        this.#events.started(this.#sender.start);
      }
      if (piece.send) {
        const end = piece.offset + piece.size;
        await this.#stream.write(chunkFrame(piece.offset, content), () => {
          this.#events.moved(end);
        });
      } else if (this.#sender.start === null && this.#clock.now() - signed > signMilliseconds) {
        signed = this.#clock.now();
        await this.#stream.send({ type: 'FILE_PROGRESS', offset: this.#sender.compared });
      }
    }
    if (!started) this.#events.started(this.#sender.start ?? 0);
  }

  #ahead(): { piece: Piece; content: Promise<Uint8Array> } | null {
    const piece = this.#sender.next();
    if (!piece) return null;
    const content = this.#read(piece);
    content.catch(() => undefined); // told when it is awaited
    return { piece, content };
  }

  async #read({ offset, size }: Piece): Promise<Uint8Array> {
    let content;
    try {
      content = new Uint8Array(await this.#source.slice(offset, offset + size).arrayBuffer());
    } catch (thrown) {
      // What a browser says of a file that is not what it was when it was chosen.
      throw new DirectError('file_changed', String(thrown));
    }
    if (content.length !== size) throw new DirectError('file_changed');
    return content;
  }
}

/**
 * Throws DirectError: the machine's refusal, file_changed, mismatch, lost, timed_out. Whoever wants it to stop aborts the
 * stream.
 */
export function sendFile(
  stream: MessageStream,
  source: Source,
  meta: FileMeta,
  hasher: Hasher,
  events: SendEvents,
  clock: Clock,
): Promise<Sent> {
  return new Sending(stream, source, new FileSender(meta, hasher), events, clock).run();
}
