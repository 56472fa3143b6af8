/** Takes one file by one stream: asks for it, judges what comes, and hands it to where it lands. */
import type { Clock } from '../protocol/ports';
import { DirectError } from './direct_error';
import { FileReceiver, type Announced, type Kept } from './file_receiver';
import type { Landing } from './landing';
import type { PartStream } from './part_stream';
import { within } from './within';

export interface TakeEvents {
  /** What earlier attempts left; asked once. */
  kept(): Kept | null;
  /** The file comes. */
  landing(file: Announced): Promise<Landing>;
  /** Everything before this was taken. */
  moved(offset: number): void;
}

export interface Taken {
  readonly file: Announced;
  readonly hash: string;
}

/** For a disk that has to look at all of a large file again, which says so every ten seconds. */
const silenceMilliseconds = 60_000;

class Taking {
  readonly #stream: PartStream;
  readonly #receiver: FileReceiver;
  readonly #events: TakeEvents;
  readonly #clock: Clock;
  #landing: Landing | null = null;
  #offset = 0;

  constructor(stream: PartStream, receiver: FileReceiver, events: TakeEvents, clock: Clock) {
    this.#stream = stream;
    this.#receiver = receiver;
    this.#events = events;
    this.#clock = clock;
  }

  async run(): Promise<Taken> {
    while (this.#receiver.phase !== 'done') await this.#part();
    const { file, hash } = this.#receiver;
    const landing = this.#landing;
    if (!file || !landing) throw new DirectError('bad_answer', 'an end without a beginning');
    try {
      await landing.finish(hash);
    } catch (thrown) {
      await this.#refuse(thrown);
      throw thrown;
    }
    // The file is here; a machine that does not hear of it will offer it once more.
    await this.#stream
      .send({ type: 'FILE_RESULT', ok: true, hash, name: file.name })
      .then(() => this.#stream.finish())
      .catch(() => undefined);
    return { file, hash };
  }

  async #part(): Promise<void> {
    const silent = () => new DirectError('stalled', 'the machine sends nothing');
    const part = await within(this.#clock, silenceMilliseconds, this.#stream.receive(), silent);
    switch (part.kind) {
      case 'message': {
        const answer = this.#receiver.onMessage(part.message);
        if (part.message.type === 'FILE_META') await this.#begin();
        if (answer) await this.#stream.send(answer);
        return;
      }
      case 'chunk':
        this.#receiver.onChunk(part.offset, part.bytes);
        this.#offset = part.offset;
        return;
      case 'content':
        await this.#landing?.take(part.bytes);
        this.#offset += part.bytes.length;
        this.#events.moved(this.#offset);
    }
  }

  async #begin(): Promise<void> {
    const { file } = this.#receiver;
    if (file) this.#landing = await this.#events.landing(file);
  }

  async #refuse(why: unknown): Promise<void> {
    const code = why instanceof DirectError ? why.code : 'write_failed';
    const words = { type: 'FILE_RESULT', ok: false, code, message: String(why) };
    await this.#stream.send(words).catch(() => undefined);
  }
}

/**
 * `id`: of the offer, or a fresh one with a `path`. Throws DirectError: the machine's refusal, file_changed, size_mismatch,
 * hash_mismatch, bad_answer, lost, stalled, and what the sink throws.
 */
export async function takeFile(
  stream: PartStream,
  id: string,
  path: string,
  clock: Clock,
  events: TakeEvents,
): Promise<Taken> {
  await stream.send({ type: 'FILE_GET', transfer_id: id, path });
  return new Taking(stream, new FileReceiver(id, events.kept()), events, clock).run();
}
