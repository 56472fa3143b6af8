/** A download of the browser, as the worker that has the bytes writes it. */
import { DirectError } from '../transfer/direct_error';
import type { Sink } from '../transfer/landing';
import { within } from '../transfer/within';
import { clock } from './world';

/** Blocks that may be on their way to the browser's disk. */
const blocksAhead = 8;
const startMilliseconds = 15_000;

type Said = 'ready' | 'started' | 'more' | 'canceled' | 'closed';

class DownloadSink implements Sink {
  readonly #port: MessagePort;
  readonly #over: () => void;
  readonly #started = Promise.withResolvers<undefined>();
  readonly #closed = Promise.withResolvers<undefined>();
  #room = blocksAhead;
  #wake: () => void = () => undefined;
  #canceled = false;

  constructor(port: MessagePort, over: () => void) {
    this.#port = port;
    this.#over = over;
    this.#closed.promise.catch(() => undefined); // told by finish(), when that comes
    port.onmessage = ({ data }: MessageEvent<{ type: Said }>) => {
      this.#heard(data.type);
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

  #heard(said: Said): void {
    if (said === 'started') this.#started.resolve(undefined);
    if (said === 'more') this.#room += 1;
    if (said === 'closed') this.#closed.resolve(undefined);
    if (said === 'canceled') {
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
