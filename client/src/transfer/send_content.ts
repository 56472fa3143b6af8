/** The content of one file onto a stream, with bounded memory: one piece read ahead, the rest waits for the machine. */
import type { Clock } from '../protocol/ports';
import { DirectError } from './direct_error';
import type { FileSender, Piece } from './file_sender';
import { chunkFrame } from './frame';
import type { MessageStream } from './message_stream';

/** A Blob. */
export interface Source {
  readonly size: number;
  slice(start: number, end: number): { arrayBuffer(): Promise<ArrayBuffer> };
}

export interface ContentEvents {
  /** The bytes that are sent begin here. */
  started(offset: number): void;
  /** Everything before this was handed over. */
  moved(offset: number): void;
}

/** While bytes are only compared, the receiver hears that we get on. */
const signMilliseconds = 10_000;

interface Ahead {
  readonly piece: Piece;
  readonly content: Promise<Uint8Array>;
}

/** After FILE_ACCEPT, up to but without FILE_DONE. Throws DirectError: file_changed, lost. */
export async function sendContent(
  stream: MessageStream,
  source: Source,
  sender: FileSender,
  events: ContentEvents,
  clock: Clock,
): Promise<void> {
  const reading = (): Ahead | null => {
    const piece = sender.next();
    if (!piece) return null;
    const content = read(source, piece);
    content.catch(() => undefined); // told when it is awaited
    return { piece, content };
  };
  let started = false;
  let signed = clock.now();
  let ahead = reading();
  while (ahead) {
    const { piece } = ahead;
    const content: Uint8Array = await ahead.content;
    sender.took(content);
    ahead = reading();
    if (!started && sender.start !== null) {
      started = true;
      events.started(sender.start);
    }
    if (piece.send) {
      const end = piece.offset + piece.size;
      await stream.write(chunkFrame(piece.offset, content), () => {
        events.moved(end);
      });
    } else if (sender.start === null && clock.now() - signed > signMilliseconds) {
      signed = clock.now();
      await stream.send({ type: 'FILE_PROGRESS', offset: sender.compared });
    }
  }
  if (!started) events.started(sender.start ?? 0);
}

async function read(source: Source, { offset, size }: Piece): Promise<Uint8Array> {
  let content;
  try {
    content = new Uint8Array(await source.slice(offset, offset + size).arrayBuffer());
  } catch (thrown) {
    // What a browser says of a file that is not what it was when it was chosen.
    throw new DirectError('file_changed', String(thrown));
  }
  if (content.length !== size) throw new DirectError('file_changed');
  return content;
}
