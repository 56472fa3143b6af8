/** One file on its way from a machine into this browser. */
import type { ChosenPlace, FileReport, RemoteFile } from '../protocol/direct';
import type { Clock } from '../protocol/ports';
import { Errand, type CarryPorts } from './errand';
import type { Announced } from './file_receiver';
import { Landing, type Sink } from './landing';
import type { Link } from './link';
import { PartStream } from './part_stream';
import { takeFile } from './take_file';

/** Opens what the content is written to, once it is known that it comes. Throws DirectError no_download, write_failed. */
export type OpenSink = (file: Announced, place: ChosenPlace | null) => Promise<Sink>;

export class Incoming extends Errand {
  readonly way = 'in';
  readonly #file: RemoteFile;
  readonly #open: (file: Announced) => Promise<Sink>;
  #announced: Announced | null = null;
  #landing: Landing | null = null;
  /** The attempt before has written its last. */
  #settled: Promise<unknown> = Promise.resolve();

  constructor(
    id: string,
    file: RemoteFile,
    open: (file: Announced) => Promise<Sink>,
    clock: Clock,
    tell: (report: FileReport) => void,
  ) {
    super(id, clock, tell);
    this.#file = file;
    this.#open = open;
  }

  async carry(link: Link, ports: CarryPorts): Promise<void> {
    const current = this.attempt();
    await this.#settled;
    if (this.stopped) return;
    const stream = await link.openStream('get', PartStream);
    this.onStop(() => {
      stream.abort();
    });
    if (this.stopped) return;
    this.become('waiting', { roundTrip: link.roundTrip, path: link.path });
    const landed = this.#landing;
    landed?.rewind();
    try {
      const taking = takeFile(stream, this.#file.offer ?? this.id, this.#file.path, ports.clock, {
        kept: () =>
          landed && this.#announced
            ? { file: this.#announced, offset: landed.written, hash: landed.hash }
            : null,
        landing: async (file) => {
          this.#announced = file;
          this.#landing ??= new Landing(await ports.hasher(), await this.#open(file));
          if (!current()) this.#landing.rewind();
          else this.#set(file, this.#landing.written);
          return this.#landing;
        },
        moved: (offset) => {
          if (current()) this.moved(offset, link.roundTrip);
        },
      });
      this.#settled = taking.catch(() => undefined);
      const { file, hash } = await link.unlessLost(taking);
      if (this.stopped) return; // its person was quicker than the last word
      this.#landing = null;
      this.become('done', { offset: file.size, hash, stored: file.name });
    } catch (thrown) {
      stream.abort();
      throw thrown;
    }
  }

  /** A download that broke off cannot be taken up: the next try begins anew. */
  protected dropped(): void {
    this.#landing?.abort();
    this.#landing = null;
    this.#announced = null;
  }

  #set({ name, size }: Announced, written: number): void {
    this.become('running', { told: { name, size } });
    this.began(written, written);
  }
}
