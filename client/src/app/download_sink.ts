/** A download of the browser, as the worker that has the bytes writes it. */
import { DirectError } from '../transfer/direct_error';
import type { Sink } from '../transfer/landing';
import { within } from '../transfer/within';
import { clock } from './world';

/** Blocks that may be on their way to the browser's disk. */
const blocksAhead = 8;
const startMilliseconds = 15_000;

interface Said {
  readonly type: 'ready' | 'started' | 'more' | 'canceled' | 'closed';
  /** With 'more': a block that it needs no longer. */
  readonly used?: Uint8Array<ArrayBuffer>;
}

class DownloadSink implements Sink {
  readonly #port: MessagePort;
  readonly #over: () => void;
  readonly #started = Promise.withResolvers<undefined>();
  readonly #closed = Promise.withResolvers<undefined>();
  readonly #spare: Uint8Array<ArrayBuffer>[] = [];
  #room = blocksAhead;
  #wake: () => void = () => undefined;
  #canceled = false;

  constructor(port: MessagePort, over: () => void) {
    this.#port = port;
    this.#over = over;
    this.#closed.promise.catch(() => undefined); // told by finish(), when that comes
    port.onmessage = ({ data }: MessageEvent<Said>) => {
      this.#heard(data);
    };
  }

  /** Throws DirectError no_download. */
  async begin(): Promise<void> {
    const late = () => new DirectError('no_download', 'the browser does not begin the download');
    try {
      await within(clock, startMilliseconds, this.#started.promise, late);
    } catch (thrown) {
      this.abort();
      throw thrown;
    }
  }

  async write(block: Uint8Array<ArrayBuffer>): Promise<void> {
    while (this.#room === 0 && !this.#canceled)
      await new Promise<void>((woken) => {
        this.#wake = woken;
      });
    if (this.#canceled) throw new DirectError('canceled', 'the download was canceled');
    this.#room -= 1;
    this.#port.postMessage(block, [block.buffer]);
  }

  spare(): Uint8Array<ArrayBuffer> | undefined {
    return this.#spare.pop();
  }

  async finish(): Promise<void> {
    this.#port.postMessage({ type: 'end' });
    await this.#closed.promise;
    this.#end();
  }

  abort(): void {
    this.#port.postMessage({ type: 'abort' });
    this.#canceled = true;
    this.#wake(); // whoever waits for room
    this.#end();
  }

  #heard({ type, used }: Said): void {
    if (type === 'started') this.#started.resolve(undefined);
    if (type === 'more') this.#room += 1;
    if (used) this.#spare.push(used);
    if (type === 'closed') this.#closed.resolve(undefined);
    if (type === 'canceled') {
      this.#canceled = true;
      this.#closed.reject(new DirectError('canceled', 'the download was canceled'));
    }
    this.#wake();
  }

  #end(): void {
    this.#port.close();
    this.#over();
  }
}

/** `over`: called once, when the download needs nobody any more. Throws DirectError no_download. */
export async function downloadSink(port: MessagePort, over: () => void): Promise<Sink> {
  const sink = new DownloadSink(port, over);
  await sink.begin();
  return sink;
}
