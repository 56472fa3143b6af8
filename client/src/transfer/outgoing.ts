/** One file on its way to one machine. */
import type { ChosenFile, FileReport } from '../protocol/direct';
import type { Clock } from '../protocol/ports';
import type { Source } from './content_reader';
import { Errand, type CarryPorts } from './errand';
import type { Link } from './link';
import type { FileMeta } from './message';
import { MessageStream } from './message_stream';
import { sendFile } from './send_file';

export type SourceFile = ChosenFile & Source;

/** How a browser's files are marked on disk: it does not tell their real permissions. */
const plainFileMode = 0o644;

export class Outgoing extends Errand {
  readonly way = 'out';
  readonly file: SourceFile;
  readonly meta: FileMeta;

  constructor(id: string, file: SourceFile, clock: Clock, tell: (report: FileReport) => void) {
    super(id, clock, tell);
    this.file = file;
    this.meta = {
      type: 'FILE_META',
      transfer_id: id,
      name: file.name,
      size: file.size,
      hash: null,
      mtime: Math.trunc(file.lastModified),
      mode: plainFileMode,
    };
  }

  async carry(link: Link, ports: CarryPorts): Promise<void> {
    const current = this.attempt();
    const hasher = await ports.hasher();
    if (this.stopped) return;
    const stream = await link.openStream('file', MessageStream);
    this.onStop(() => {
      stream.abort();
    });
    if (this.stopped) return;
    this.become('waiting', { roundTrip: link.roundTrip, path: link.path });
    try {
      const events = {
        accepted: (comparing: boolean) => {
          if (comparing && current()) this.become('comparing');
        },
        started: (offset: number) => {
          if (current()) this.began(offset, offset);
        },
        moved: (offset: number) => {
          if (current()) this.moved(offset, link.roundTrip);
        },
      };
      const sending = sendFile(stream, this.file, this.meta, hasher, events, ports.clock);
      const { hash, name } = await link.unlessLost(sending);
      this.become('done', { offset: this.file.size, hash, stored: name });
    } catch (thrown) {
      stream.abort();
      throw thrown;
    }
  }

  protected dropped(): void {
    // nothing of it is here
  }
}
