/**
 * The receiver's side of one attempt at one file, without I/O: what it believes of a machine that may lie.
 *
 *   FILE_GET ->  <- FILE_META | FILE_REJECT   FILE_ACCEPT ->  <- FILE_CHUNK ... FILE_DONE   FILE_RESULT ->
 */
import { DirectError } from './direct_error';
import type { Message, MessageOf } from './message';

export interface Announced {
  readonly name: string;
  readonly size: number;
  readonly mtime: number;
}

/** How far earlier attempts came. */
export interface Kept {
  readonly file: Announced;
  readonly offset: number;
  /** BLAKE3 of the bytes before `offset`. */
  readonly hash: string;
}

/** What is kept counts as one block, however large; agents take none that is smaller. */
const blockBytesMin = 16 * 1024 * 1024;

type Phase = 'asked' | 'receiving' | 'done';

export class FileReceiver {
  readonly #id: string;
  readonly #kept: Kept | null;
  #phase: Phase = 'asked';
  #file: Announced | null = null;
  #offset: number;
  /** The machine has compared what is kept with its own file. */
  #agreed = false;
  #hash = '';

  /** `id`: of the transfer, as it was asked for. */
  constructor(id: string, kept: Kept | null) {
    this.#id = id;
    this.#kept = kept;
    this.#offset = kept?.offset ?? 0;
  }

  get phase(): Phase {
    return this.#phase;
  }
  get file(): Announced | null {
    return this.#file;
  }
  /** What FILE_DONE names; the content is judged by whoever hashed it. */
  get hash(): string {
    return this.#hash;
  }

  /** What to answer. Throws DirectError: the machine's refusal by its own word, file_changed, bad_answer. */
  onMessage(message: Message): object | null {
    switch (message.type) {
      case 'FILE_META':
        return this.#onMeta(message);
      case 'FILE_DONE':
        this.#onDone(message);
        return null;
      case 'FILE_PROGRESS':
        if (this.#phase !== 'receiving' || message.offset > (this.#kept?.offset ?? 0))
          throw new DirectError('bad_answer', 'FILE_PROGRESS beyond what is compared');
        return null;
      case 'FILE_REJECT':
        throw new DirectError(message.code, message.message);
      default:
        throw new DirectError('bad_answer', `${message.type} is not expected now`);
    }
  }

  /** Throws DirectError: bad_answer, file_changed. */
  onChunk(offset: number, bytes: number): void {
    if (this.#phase !== 'receiving')
      throw new DirectError('bad_answer', 'content that nobody took');
    // It begins anew: its file is another one than that of which some is here.
    if (!this.#agreed && offset < this.#offset) throw new DirectError('file_changed');
    this.#agreed = true;
    if (offset !== this.#offset || bytes === 0 || offset + bytes > (this.#file?.size ?? 0))
      throw new DirectError('bad_answer', 'content that does not belong here');
    this.#offset += bytes;
  }

  #onMeta({ transfer_id, name, size, mtime }: MessageOf<'FILE_META'>): object {
    if (this.#phase !== 'asked' || transfer_id !== this.#id || name === '')
      throw new DirectError('bad_answer', 'FILE_META of something else');
    const kept = this.#kept;
    if (kept && (kept.file.size !== size || kept.file.mtime !== mtime))
      throw new DirectError('file_changed');
    this.#file = { name, size, mtime };
    this.#phase = 'receiving';
    if (!kept || kept.offset === 0) return { type: 'FILE_ACCEPT', offset: 0 };
    const { offset, hash } = kept;
    const block_bytes = Math.max(offset, blockBytesMin);
    return { type: 'FILE_ACCEPT', offset, block_bytes, blocks: [hash] };
  }

  #onDone({ hash, size }: MessageOf<'FILE_DONE'>): void {
    if (this.#phase !== 'receiving') throw new DirectError('bad_answer', 'FILE_DONE out of turn');
    if (size !== this.#file?.size || size !== this.#offset)
      throw new DirectError('size_mismatch', 'FILE_DONE of another size than came');
    this.#hash = hash;
    this.#phase = 'done';
  }
}
