/** One folder on its way to one machine. */
import type { FileReport } from '../protocol/direct';
import type { Clock } from '../protocol/ports';
import { Errand, type CarryPorts } from './errand';
import { listFolder, type Listed, type SourceFolder } from './folder_list';
import type { Link } from './link';
import { MessageStream } from './message_stream';
import { sendFolder } from './send_folder';

export class OutgoingFolder extends Errand {
  readonly way = 'out';
  readonly #name: string;
  readonly #all: readonly Listed[];
  readonly #size: number;

  constructor(id: string, folder: SourceFolder, clock: Clock, tell: (report: FileReport) => void) {
    super(id, clock, tell);
    this.#name = folder.name;
    this.#all = listFolder(folder, clock.now());
    this.#size = this.#all.reduce((sum, { entry }) => sum + entry.size, 0);
  }

  async carry(link: Link, ports: CarryPorts): Promise<void> {
    const current = this.attempt();
    const hashers = [await ports.hasher(), await ports.hasher()] as const;
    if (this.stopped) return;
    const stream = await link.openStream('folder', MessageStream);
    this.onStop(() => {
      stream.abort();
    });
    if (this.stopped) return;
    this.become('waiting', { roundTrip: link.roundTrip, path: link.path });
    const folder = { id: this.id, name: this.#name, all: this.#all };
    try {
      const events = {
        started: (kept: number) => {
          if (current()) this.began(0, kept);
        },
        moved: (offset: number) => {
          if (current()) this.moved(offset, link.roundTrip);
        },
      };
      const sending = sendFolder(stream, folder, hashers, events, ports.clock);
      const { hash, name, omitted } = await link.unlessLost(sending);
      this.become('done', { offset: this.#size, hash, stored: name, omitted });
    } catch (thrown) {
      stream.abort();
      throw thrown;
    }
  }

  protected dropped(): void {
    // nothing of it is here
  }
}
