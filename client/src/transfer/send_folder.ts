/** Sends one folder over one stream: its list, then its files in the order of the list, back to back. */
import type { Clock } from '../protocol/ports';
import { asDirectError, DirectError } from './direct_error';
import { FileSender, type Hasher } from './file_sender';
import { originOf, pagesOf, type Listed, type ManifestEntry } from './folder_list';
import type { Message, MessageOf } from './message';
import type { MessageStream } from './message_stream';
import type { SourceFile } from './outgoing';
import { sendContent } from './send_content';
import { within } from './within';

export interface FolderEvents {
  /** The machine takes it; `kept`: bytes that it has. */
  started(kept: number): void;
  /** Bytes of all files that are through. */
  moved(offset: number): void;
}

export interface FolderSent {
  readonly hash: string;
  readonly name: string;
  /** Files that could not be read as they were listed. */
  readonly omitted: number;
}

/** The receiver waits for its person five minutes at most and says so itself. */
const decisionMilliseconds = 330_000;
/** After everything was sent: its disk may be slow. */
const verdictMilliseconds = 600_000;
const lastWordMilliseconds = 3_000;

type Kept = MessageOf<'FOLDER_ACCEPT'>['kept'][number];

class FolderSending {
  readonly #stream: MessageStream;
  readonly #all: readonly Listed[];
  readonly #files: Hasher;
  readonly #list: Hasher;
  readonly #fresh: Uint8Array;
  readonly #events: FolderEvents;
  readonly #clock: Clock;
  readonly #kept = new Map<number, Kept>();
  readonly #decided = Promise.withResolvers<undefined>();
  readonly #verdict = Promise.withResolvers<MessageOf<'FOLDER_RESULT'>>();
  #accepted = false;
  #before = 0;
  #omitted = 0;

  constructor(
    stream: MessageStream,
    all: readonly Listed[],
    [files, list]: readonly [Hasher, Hasher],
    events: FolderEvents,
    clock: Clock,
  ) {
    this.#stream = stream;
    this.#all = all;
    this.#files = files;
    this.#fresh = files.save();
    this.#list = list;
    this.#events = events;
    this.#clock = clock;
  }

  async run(id: string, name: string): Promise<FolderSent> {
    const heard = this.#listen();
    heard.catch((thrown: unknown) => {
      this.#decided.reject(thrown);
      this.#verdict.reject(thrown);
    });
    for (const waiting of [this.#decided.promise, this.#verdict.promise])
      waiting.catch(() => undefined); // when writing fails first
    let hash;
    try {
      hash = await this.#say(id, name);
    } catch (thrown) {
      // A machine that refuses stops listening first; its reason is better than ours.
      const silent = () => asDirectError(thrown);
      if (asDirectError(thrown).code === 'connection_lost')
        await within(this.#clock, lastWordMilliseconds, heard, silent);
      throw thrown;
    }
    const late = () => new DirectError('connection_lost', 'no verdict');
    const verdict = await within(this.#clock, verdictMilliseconds, this.#verdict.promise, late);
    if (!verdict.ok) throw new DirectError(verdict.code ?? 'denied', verdict.message ?? '');
    if (verdict.hash !== hash) throw new DirectError('hash_mismatch');
    return { hash, name: verdict.name ?? name, omitted: this.#omitted };
  }

  async #listen(): Promise<void> {
    for (;;) if (this.#heard(await this.#stream.receive())) return;
  }

  /** True for its last word. */
  #heard(message: Message): boolean {
    switch (message.type) {
      case 'FOLDER_ACCEPT':
        this.#onAccept(message);
        return false;
      case 'FOLDER_RESULT':
        this.#verdict.resolve(message);
        return true;
      case 'FILE_REJECT':
        throw new DirectError(message.code, message.message);
      case 'FILE_PROGRESS':
        return false; // it reads what it has, or writes what came
      default:
        throw new DirectError('bad_answer', `${message.type} is not expected now`);
    }
  }

  #onAccept({ last, kept }: MessageOf<'FOLDER_ACCEPT'>): void {
    if (this.#accepted) throw new DirectError('bad_answer', 'FOLDER_ACCEPT came twice');
    for (const it of kept) {
      const file = this.#all[it.entry]?.file;
      const fits = it.blocks.length === Math.ceil(it.offset / Math.max(1, it.block_bytes));
      if (!file || it.offset > file.size || !fits || this.#kept.has(it.entry))
        throw new DirectError('bad_answer', 'FOLDER_ACCEPT names what was not offered');
      this.#kept.set(it.entry, it);
    }
    if (!last) return;
    this.#accepted = true;
    this.#decided.resolve(undefined);
  }

  async #say(id: string, name: string): Promise<string> {
    await this.#offer(id, name);
    const late = () => new DirectError('timed_out');
    await within(this.#clock, decisionMilliseconds, this.#decided.promise, late);
    this.#events.started([...this.#kept.values()].reduce((sum, { offset }) => sum + offset, 0));
    let sent = 0;
    for (const [number, { entry, file }] of this.#all.entries())
      if (file && (await this.#file(number, entry, file))) sent += 1;
    const hash = this.#list.hex();
    await this.#stream.send({ type: 'FOLDER_DONE', hash, files: sent });
    await this.#stream.finish();
    return hash;
  }

  async #offer(transfer_id: string, name: string): Promise<void> {
    const pages = pagesOf(this.#all);
    const files = this.#all.filter(({ file }) => file);
    await this.#stream.send({
      type: 'FOLDER_META',
      transfer_id,
      name,
      origin: await originOf(name),
      pages: pages.length,
      entries: this.#all.length,
      files: files.length,
      size: files.reduce((sum, { entry }) => sum + entry.size, 0),
      mtime: this.#clock.now(),
      mode: 0o755,
    });
    for (const [page, entries] of pages.entries())
      await this.#stream.send({ type: 'FOLDER_MANIFEST', page, pages: pages.length, entries });
  }

  /** False for one that could not be read. */
  async #file(entry: number, listed: ManifestEntry, source: SourceFile): Promise<boolean> {
    const { path, size, mtime, mode } = listed;
    this.#files.load(this.#fresh);
    const meta = {
      type: 'FILE_META',
      transfer_id: 'f',
      name: 'f',
      size,
      hash: null,
      mtime,
      mode,
    } as const;
    const sender = new FileSender(meta, this.#files);
    const kept = this.#kept.get(entry);
    sender.onMessage({
      type: 'FILE_ACCEPT',
      offset: kept?.offset ?? 0,
      blocks: kept?.blocks ?? null,
      block_bytes: kept?.block_bytes ?? null,
    });
    await this.#stream.send({ type: 'FOLDER_FILE', entry });
    try {
      const moved = (offset: number) => {
        this.#events.moved(this.#before + offset);
      };
      const events = { started: moved, moved };
      await sendContent(this.#stream, source, sender, events, this.#clock);
    } catch (thrown) {
      const { code, message } = asDirectError(thrown);
      if (code !== 'file_changed') throw thrown;
      this.#omitted += 1;
      this.#before += size;
      await this.#stream.send({ type: 'FOLDER_SKIP', entry, code, message });
      return false;
    }
    const done = sender.done();
    await this.#stream.send(done);
    this.#list.update(new TextEncoder().encode(`${done.hash}  ./${path}\n`));
    this.#before += size;
    return true;
  }
}

/** Throws DirectError: the machine's refusal, mismatch, lost, timed_out. */
export function sendFolder(
  stream: MessageStream,
  folder: { readonly id: string; readonly name: string; readonly all: readonly Listed[] },
  hashers: readonly [Hasher, Hasher],
  events: FolderEvents,
  clock: Clock,
): Promise<FolderSent> {
  return new FolderSending(stream, folder.all, hashers, events, clock).run(folder.id, folder.name);
}
