/** What this page says on one stream, with back-pressure. */
import { DirectError } from './direct_error';
import { jsonFrame } from './frame';

export class Outlet {
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;

  constructor(writable: WritableStream<Uint8Array>) {
    this.#writer = writable.getWriter();
    this.#writer.closed.catch(() => undefined); // told by the write that meets it
  }

  send(message: object): Promise<void> {
    return this.write(jsonFrame(message));
  }

  /** Resolves when there is room for more; `gone` is called once these bytes left our hands. Throws DirectError lost. */
  async write(frame: Uint8Array<ArrayBuffer>, gone: () => void = () => undefined): Promise<void> {
    try {
      this.#writer.write(frame).then(gone, () => undefined);
      await this.#writer.ready;
    } catch (thrown) {
      throw new DirectError('connection_lost', String(thrown));
    }
  }

  /** Nothing more will be sent. */
  async finish(): Promise<void> {
    try {
      await this.#writer.close();
    } catch (thrown) {
      throw new DirectError('connection_lost', String(thrown));
    }
  }

  abort(): void {
    this.#writer.abort().catch(() => undefined);
  }
}
