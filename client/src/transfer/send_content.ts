/** The content of one file onto a stream, with bounded memory: one piece read ahead, the rest waits for the machine. */
import type { Clock } from '../protocol/ports';
import { ContentReader, type Source } from './content_reader';
import type { FileSender, Piece } from './file_sender';
import { chunkHeaderBytes, writeChunkHead } from './frame';
import type { MessageStream } from './message_stream';

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
  /** With room for the head before the content. */
  readonly frame: Uint8Array<ArrayBuffer>;
  readonly content: Uint8Array;
  readonly read: Promise<void>;
}

/** After FILE_ACCEPT, up to but without FILE_DONE. Throws DirectError: file_changed, lost. */
export async function sendContent(
  stream: MessageStream,
  source: Source,
  sender: FileSender,
  events: ContentEvents,
  clock: Clock,
): Promise<void> {
  const reader = new ContentReader(source);
  const reading = (): Ahead | null => {
    const piece = sender.next();
    if (!piece) return null;
    const frame = new Uint8Array(chunkHeaderBytes + piece.size);
    const content = frame.subarray(chunkHeaderBytes);
    const read = reader.read(piece.offset, content);
    read.catch(() => undefined); // told when it is awaited
    return { piece, frame, content, read };
  };
  let started = false;
  let signed = clock.now();
  try {
    let ahead = reading();
    while (ahead) {
      const { piece, frame, content } = ahead;
      await ahead.read;
      sender.took(content);
      ahead = reading();
      if (!started && sender.start !== null) {
        started = true;
        events.started(sender.start);
      }
      if (piece.send) {
        const end = piece.offset + piece.size;
        writeChunkHead(frame, piece.offset);
        await stream.write(frame, () => {
          events.moved(end);
        });
      } else if (sender.start === null && clock.now() - signed > signMilliseconds) {
        signed = clock.now();
        await stream.send({ type: 'FILE_PROGRESS', offset: sender.compared });
      }
    }
    await reader.check();
  } finally {
    reader.close();
  }
  if (!started) events.started(sender.start ?? 0);
}
