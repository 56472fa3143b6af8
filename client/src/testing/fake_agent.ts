/** A machine at the far end of a WebTransport that is two streams in memory: it judges the greeting and takes files. */
import { chunkBytes, chunkFrame, FrameReader, jsonFrame, type Frame } from '../transfer/frame';
import { blake3 } from '../transfer/blake3';
import type { Datagrams, Dial, Pipe, Transport } from '../transfer/transport';
import { FakeTerminal } from './fake_terminal';

type Json = Readonly<Record<string, unknown>>;

export interface FakeFile {
  meta: Json;
  bytes: Uint8Array;
  done: Json | null;
}

/** What the fake does with the next things it hears; everything is friendly unless a test says otherwise. */
export interface Manners {
  certificate: string;
  deny: { code: string; message: string } | null;
  /** Of FILE_META. */
  answer: (meta: Json) => Json | null;
  /** Of FILE_DONE. */
  verdict: (done: Json, meta: Json) => Json;
  /** The connection breaks when a file has grown to this. */
  cutAt: number;
  pings: boolean;
  /** What becomes of datagrams; null: the connection has none. */
  datagrams: ((sent: Uint8Array) => Uint8Array[]) | null;
  /** What it says of the file it gives; anything else but its size and its content. */
  meta: Json;
  /** Of the content it gives; the true one when null. */
  hash: string | null;
}

export class FakeAgent {
  readonly nonce = Uint8Array.from({ length: 32 }, (_, index) => index);
  readonly dialled: string[] = [];
  readonly hellos: Json[] = [];
  readonly renewals: Json[] = [];
  readonly datagrams: Uint8Array[] = [];
  /** Bytes of pings on a stream. */
  pinged = 0;
  readonly files: FakeFile[] = [];
  /** What it gives away, and how those who took it judged it. */
  offered: Uint8Array = new Uint8Array(0);
  readonly asked: Json[] = [];
  readonly accepts: Json[] = [];
  readonly verdicts: Json[] = [];
  /** Streams of terminals, the newest last. */
  readonly terminals: FakeTerminal[] = [];
  /** Addresses at which nobody answers. */
  readonly dead = new Set<string>();
  /** The browser holds every connection back until then. */
  held: Promise<void> = Promise.resolve();
  manners: Manners = {
    certificate: '',
    deny: null,
    answer: () => ({ type: 'FILE_ACCEPT', offset: 0 }),
    verdict: (done, meta) => ({
      type: 'FILE_RESULT',
      ok: true,
      hash: done.hash,
      name: meta.name,
    }),
    cutAt: Infinity,
    pings: true,
    datagrams: null,
    meta: { name: 'plan.pdf', mtime: 1, mode: 0o644 },
    hash: null,
  };
  #cuts: (() => void)[] = [];

  readonly dial: Dial = (url) => {
    this.dialled.push(url);
    return this.#transport(url);
  };

  /** Every connection breaks. */
  cut(): void {
    for (const cut of this.#cuts.splice(0)) cut();
  }

  #transport(url: string): Transport {
    const closed = Promise.withResolvers<undefined>();
    const ends: (() => void)[] = [];
    const cut = () => {
      for (const end of ends.splice(0)) end();
      closed.resolve(undefined);
    };
    this.#cuts.push(cut);
    const challenge = new TransformStream<Uint8Array, Uint8Array>();
    const writer = challenge.writable.getWriter();
    const said = {
      type: 'P2P_CHALLENGE',
      nonce: Buffer.from(this.nonce).toString('base64url'),
      cert_sha256: this.manners.certificate,
    };
    void writer.write(jsonFrame(said)).catch(() => undefined);
    void writer.close().catch(() => undefined);
    return {
      ready: this.dead.has(url)
        ? Promise.reject(new Error('Opening handshake failed.'))
        : this.held,
      closed: closed.promise,
      incomingUnidirectionalStreams: new ReadableStream({
        start: (streams) => {
          streams.enqueue(challenge.readable);
        },
      }),
      createBidirectionalStream: () => {
        const [page, own, end] = pipes();
        ends.push(end);
        void this.serve(own, cut).catch(() => undefined);
        return Promise.resolve(page);
      },
      close: cut,
      datagrams: this.#datagrams(),
    };
  }

  #datagrams(): Datagrams | null {
    const { datagrams } = this.manners;
    if (!datagrams) return null;
    const back = new TransformStream<Uint8Array, Uint8Array>(undefined, undefined, {
      highWaterMark: 16,
    });
    const writer = back.writable.getWriter();
    const writable = new WritableStream<Uint8Array>({
      write: (sent) => {
        this.datagrams.push(sent);
        for (const answer of datagrams(sent)) writer.write(answer).catch(() => undefined);
      },
    });
    return { readable: back.readable, writable };
  }

  /** A stream that a page opened, however it came. */
  async serve(pipe: Pipe, cut: () => void): Promise<void> {
    const writer = pipe.writable.getWriter();
    const say = (message: object) => writer.write(jsonFrame(message));
    const frames = new FrameReader();
    let file: FakeFile | null = null;
    let terminal: FakeTerminal | null = null;
    let raw = false;
    for await (const bytes of pipe.readable) {
      if (raw) {
        this.pinged += bytes.length;
        if (this.manners.pings) await writer.write(bytes);
        continue;
      }
      frames.feed(bytes);
      for (let frame = frames.next(); frame; frame = frames.next()) {
        const message: Json = frame.kind === 'json' ? (JSON.parse(frame.text) as Json) : {};
        if (message.type === 'P2P_HELLO') await this.#greeted(message, say);
        else if (message.type === 'SESSION_RENEW') await this.#renewed(message, say);
        else if (message.type === 'STREAM_OPEN') {
          raw = message.purpose === 'ping';
          if (message.purpose === 'terminal') terminal = this.#opened(writer);
        } else if (terminal) terminal.hear(frame, message);
        else if (message.type === 'FILE_META') file = await this.#offered(message, say);
        else if (message.type === 'FILE_GET') await this.#asked(message, say);
        else if (message.type === 'FILE_ACCEPT') await this.#give(message, writer, cut);
        else if (message.type === 'FILE_RESULT') this.verdicts.push(message);
        else if (file) await this.#took(file, frame, message, say, cut);
      }
    }
  }

  #opened(writer: WritableStreamDefaultWriter<Uint8Array>): FakeTerminal {
    const terminal = new FakeTerminal(writer);
    this.terminals.push(terminal);
    return terminal;
  }

  async #greeted(hello: Json, say: (message: object) => Promise<void>): Promise<void> {
    this.hellos.push(hello);
    const { deny } = this.manners;
    if (deny) await say({ type: 'P2P_DENY', session_id: hello.session_id, ...deny });
    else await say({ type: 'P2P_OK', session_id: hello.session_id, version: 1 });
  }

  /** An agent renews too, and shows it. */
  async #renewed(renewal: Json, say: (message: object) => Promise<void>): Promise<void> {
    this.renewals.push(renewal);
    await say({ type: 'SESSION_RENEW', session_id: renewal.session_id, token: 'its own' });
  }

  async #asked(get: Json, say: (message: object) => Promise<void>): Promise<void> {
    this.asked.push(get);
    const { transfer_id } = get;
    await say({ type: 'FILE_META', transfer_id, size: this.offered.length, ...this.manners.meta });
  }

  async #give(
    accept: Json,
    writer: WritableStreamDefaultWriter<Uint8Array>,
    cut: () => void,
  ): Promise<void> {
    this.accepts.push(accept);
    const all = this.offered;
    for (let at = Number(accept.offset); at < all.length; at += chunkBytes) {
      if (at >= this.manners.cutAt) {
        cut();
        return;
      }
      await writer.write(chunkFrame(at, all.subarray(at, at + chunkBytes)));
    }
    const hasher = await blake3();
    hasher.update(all);
    const hash = this.manners.hash ?? hasher.hex();
    await writer.write(jsonFrame({ type: 'FILE_DONE', hash, size: all.length }));
  }

  async #offered(meta: Json, say: (message: object) => Promise<void>): Promise<FakeFile> {
    const kept = this.files.find((it) => it.meta.name === meta.name)?.bytes ?? new Uint8Array(0);
    const file = { meta, bytes: kept, done: null };
    this.files.push(file);
    const answer = this.manners.answer(meta);
    if (answer) {
      file.bytes = kept.slice(0, Number(answer.offset ?? 0));
      await say(answer);
    }
    return file;
  }

  async #took(
    file: FakeFile,
    frame: Frame,
    message: Json,
    say: (message: object) => Promise<void>,
    cut: () => void,
  ): Promise<void> {
    if (frame.kind === 'file_chunk') {
      if (frame.data.length > chunkBytes) throw new Error('a chunk that is too large');
      // Behind what is there, or again from a block that differed.
      const grown = new Uint8Array(frame.position + frame.data.length);
      grown.set(file.bytes.subarray(0, frame.position));
      grown.set(frame.data, frame.position);
      file.bytes = grown;
      if (file.bytes.length >= this.manners.cutAt) cut();
    } else if (message.type === 'FILE_DONE') {
      file.done = message;
      await say(this.manners.verdict(message, file.meta));
    }
  }
}

function pipes(): [Pipe, Pipe, () => void] {
  const there = new TransformStream<Uint8Array, Uint8Array>();
  const back = new TransformStream<Uint8Array, Uint8Array>();
  const broken = new Error('the connection broke');
  const endings: (() => void)[] = [];
  const breakable = (readable: ReadableStream<Uint8Array>) =>
    readable.pipeThrough(
      new TransformStream<Uint8Array, Uint8Array>({
        start: (controller) => {
          endings.push(() => {
            controller.error(broken);
          });
        },
      }),
    );
  return [
    { readable: breakable(back.readable), writable: there.writable },
    { readable: breakable(there.readable), writable: back.writable },
    () => {
      for (const end of endings) end();
    },
  ];
}
