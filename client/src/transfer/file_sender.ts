/**
 * The sender's side of one file, without I/O: what it says, what it reads next, what it accepts to hear.
 *
 *   FILE_META ->  <- FILE_ACCEPT | FILE_REJECT   FILE_CHUNK ... FILE_DONE ->  <- FILE_RESULT
 */
import { DirectError } from './direct_error';
import { chunkBytes } from './frame';
import type { FileDone, FileMeta, Message, MessageOf } from './message';

/** BLAKE3, whose state can be kept and taken up again. */
export interface Hasher {
  update(bytes: Uint8Array): void;
  /** What it says of everything so far; it goes on afterwards. */
  hex(): string;
  save(): Uint8Array;
  load(state: Uint8Array): void;
}

export interface Piece {
  readonly offset: number;
  readonly size: number;
  /** False for bytes that the receiver says it has: they are only hashed and compared. */
  readonly send: boolean;
}

type Phase = 'offered' | 'sending' | 'verified' | 'finished';

export class FileSender {
  readonly meta: FileMeta;
  readonly #hasher: Hasher;
  #phase: Phase = 'offered';
  #offset = 0;
  #sendFrom = 0;
  #blocks: readonly string[] = [];
  #blockBytes = 0;
  #compared = 0;
  #agreed: Uint8Array;
  #hash = '';
  #nameThere = '';

  constructor(meta: FileMeta, hasher: Hasher) {
    this.meta = meta;
    this.#hasher = hasher;
    this.#agreed = hasher.save();
  }

  get phase(): Phase {
    return this.#phase;
  }
  get hash(): string {
    return this.#hash;
  }
  /** Under which name the receiver keeps it; after `finished`. */
  get nameThere(): string {
    return this.#nameThere;
  }
  /** Bytes read and hashed so far. */
  get compared(): number {
    return this.#offset;
  }
  /** Where the bytes that are sent begin, once those of the receiver are compared. */
  get start(): number | null {
    return this.#phase === 'offered' || this.#comparing ? null : this.#sendFrom;
  }
  get allRead(): boolean {
    return this.#phase === 'sending' && this.#offset === this.meta.size;
  }

  /** What to read now; null while the receiver decides and when everything was read. */
  next(): Piece | null {
    if (this.#phase !== 'sending' || this.#offset === this.meta.size) return null;
    const send = !this.#comparing;
    const end = send ? this.meta.size : this.#endOfBlock;
    return { offset: this.#offset, size: Math.min(end - this.#offset, chunkBytes), send };
  }

  /** `content`: exactly the bytes of next(). */
  took(content: Uint8Array): void {
    const compares = this.#comparing && this.#blocks.length > 0;
    this.#hasher.update(content);
    this.#offset += content.length;
    if (compares && this.#offset === this.#endOfBlock) this.#compare();
  }

  /** After allRead. */
  done(): FileDone {
    this.#hash = this.#hasher.hex();
    this.#phase = 'verified';
    return { type: 'FILE_DONE', hash: this.#hash, size: this.meta.size };
  }

  /** Throws DirectError: the receiver's refusal by its own word, bad_answer, mismatch. */
  onMessage(message: Message): void {
    switch (message.type) {
      case 'FILE_ACCEPT':
        this.#onAccept(message);
        break;
      case 'FILE_RESULT':
        this.#onResult(message);
        break;
      case 'FILE_REJECT':
        throw new DirectError(message.code, message.message);
      case 'FILE_PROGRESS':
        this.#onProgress(message.offset);
        break;
      default:
        throw new DirectError('bad_answer', `${message.type} is not expected now`);
    }
  }

  get #comparing(): boolean {
    return this.#offset < this.#sendFrom;
  }

  get #endOfBlock(): number {
    if (this.#blocks.length === 0) return this.#sendFrom;
    return Math.min(this.#sendFrom, (this.#compared + 1) * this.#blockBytes);
  }

  /** At the end of a block: goes on behind it, or sends it anew. */
  #compare(): void {
    if (this.#hasher.hex() === this.#blocks[this.#compared]) {
      this.#agreed = this.#hasher.save();
      this.#compared += 1;
      return;
    }
    this.#hasher.load(this.#agreed);
    this.#offset = this.#sendFrom = Math.min(this.#sendFrom, this.#compared * this.#blockBytes);
  }

  #onAccept({ offset, blocks, block_bytes }: MessageOf<'FILE_ACCEPT'>): void {
    if (this.#phase !== 'offered') throw new DirectError('bad_answer', 'FILE_ACCEPT came twice');
    const size = block_bytes ?? 0;
    const fits = blocks === null || (size > 0 && blocks.length === Math.ceil(offset / size));
    if (offset < 0 || offset > this.meta.size || !fits)
      throw new DirectError('bad_answer', 'FILE_ACCEPT names a part that cannot be');
    this.#sendFrom = offset;
    this.#blocks = blocks ?? [];
    this.#blockBytes = size;
    this.#phase = 'sending';
  }

  #onResult({ ok, hash, code, message, name }: MessageOf<'FILE_RESULT'>): void {
    if (!ok) throw new DirectError(code ?? 'denied', message ?? '');
    if (this.#phase !== 'verified')
      throw new DirectError('bad_answer', 'FILE_RESULT came before the end of the file');
    if (hash !== this.#hash) throw new DirectError('hash_mismatch');
    this.#nameThere = name ?? this.meta.name;
    this.#phase = 'finished';
  }

  /** Before the decision the receiver reads what it has of the file; it may wait for its turn at the disk. */
  #onProgress(offset: number): void {
    if (offset < 0 || offset > (this.#phase === 'offered' ? this.meta.size : this.#offset))
      throw new DirectError('bad_answer', 'FILE_PROGRESS names bytes that were not sent');
  }
}
