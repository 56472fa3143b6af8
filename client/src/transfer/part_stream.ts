/** One stream on which a machine sends content: parts in, messages out. */
import { DirectError } from './direct_error';
import { Outlet } from './outlet';
import { PartSource, type Part } from './part_source';
import type { Pipe } from './transport';

export class PartStream extends Outlet {
  readonly #source: PartSource;

  constructor(pipe: Pipe) {
    super(pipe.writable);
    this.#source = new PartSource(pipe.readable);
  }

  /** Throws DirectError: lost (also at the end), bad_answer. */
  async receive(): Promise<Part> {
    const part = await this.#source.next();
    if (!part) throw new DirectError('connection_lost', 'the machine ended the stream');
    return part;
  }

  override abort(): void {
    super.abort();
    this.#source.stop();
  }
}
