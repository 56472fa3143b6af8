/** Sends one file over one stream. */
import type { Clock } from '../protocol/ports';
import type { Source } from './content_reader';
import { asDirectError, DirectError } from './direct_error';
import { FileSender, type Hasher } from './file_sender';
import type { FileMeta } from './message';
import type { MessageStream } from './message_stream';
import { sendContent, type ContentEvents } from './send_content';
import { within } from './within';

export interface SendEvents extends ContentEvents {
  /** The machine takes it; `comparing`: it has some of it already. */
  accepted(comparing: boolean): void;
}

/** The receiver waits for its person five minutes at most and says so itself. */
const decisionMilliseconds = 330_000;
/** After everything was sent: its disk may be slow. */
const verdictMilliseconds = 120_000;
/** The last word of a receiver that stopped listening. */
const lastWordMilliseconds = 3_000;

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
    await sendContent(this.#stream, this.#source, this.#sender, this.#events, this.#clock);
    await this.#stream.send(this.#sender.done());
    await this.#stream.finish();
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
