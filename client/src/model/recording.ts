/** A recording in the format of asciinema (asciicast v2), line by line. The same rules as agent/terminal/cast_reader.hpp. */

interface Event<Kind extends string> {
  readonly kind: Kind;
  /** Seconds since its beginning. */
  readonly at: number;
}
/** `marker`: `text` says who types from here on, in recordings of mesh-agent "NAME types". */
export type RecordingEvent =
  | (Event<'output' | 'marker'> & { readonly text: string })
  | (Event<'resize'> & { readonly cols: number; readonly rows: number });

export interface Recording {
  readonly cols: number;
  readonly rows: number;
  readonly title: string;
  /** In the order of their times. */
  readonly events: readonly RecordingEvent[];
}

export class BadRecording extends Error {
  readonly line: number;
  constructor(line: number) {
    super(`line ${String(line)} of the recording cannot be read`);
    this.line = line;
  }
}

/** Of one file, as text in memory beside its events. */
export const recordingBytesMax = 64 * 1024 * 1024;
const colsMax = 1000;
const rowsMax = 500;
const secondsMax = 30 * 24 * 3600;

/** Events of other kinds are left out, and the last line where it is cut short. Throws BadRecording. */
export function readRecording(text: string): Recording {
  const lines = text.split('\n');
  let header: Omit<Recording, 'events'> | null = null;
  const events: RecordingEvent[] = [];
  for (const [index, line] of lines.entries()) {
    if (line.trim() === '') continue;
    let value: unknown;
    try {
      value = JSON.parse(line);
    } catch {
      // Whoever wrote it was killed.
      if (header && index === lines.length - 1) break;
      throw new BadRecording(index + 1);
    }
    if (!header) {
      header = readHeader(value, index + 1);
      continue;
    }
    const event = readEvent(value, index + 1);
    if (event) events.push({ ...event, at: Math.max(event.at, events.at(-1)?.at ?? 0) });
  }
  if (!header) throw new BadRecording(1);
  return { ...header, events };
}

/** Seconds until nothing comes any more. */
export function lengthOf({ events }: Recording): number {
  return events.at(-1)?.at ?? 0;
}

/** Who types from when on, and whatever else is marked. */
export function markersOf({ events }: Recording): { readonly at: number; readonly text: string }[] {
  return events.flatMap((it) => (it.kind === 'marker' ? [{ at: it.at, text: it.text }] : []));
}

function isSize(cols: unknown, rows: unknown): boolean {
  const within = (value: unknown, most: number) =>
    Number.isInteger(value) && Number(value) >= 1 && Number(value) <= most;
  return within(cols, colsMax) && within(rows, rowsMax);
}

function readHeader(value: unknown, line: number): Omit<Recording, 'events'> {
  if (typeof value !== 'object' || value === null) throw new BadRecording(line);
  const { version, width, height, title } = value as Record<string, unknown>;
  if (version !== 2 || !isSize(width, height)) throw new BadRecording(line);
  return {
    cols: Number(width),
    rows: Number(height),
    title: typeof title === 'string' ? title : '',
  };
}

function readEvent(value: unknown, line: number): RecordingEvent | null {
  if (!Array.isArray(value)) throw new BadRecording(line);
  const [time, code, text] = value as unknown[];
  if (typeof time !== 'number' || typeof code !== 'string' || typeof text !== 'string')
    throw new BadRecording(line);
  const at = Math.min(Math.max(time, 0), secondsMax);
  if (code === 'o') return { kind: 'output', at, text };
  if (code === 'm') return { kind: 'marker', at, text };
  const size = code === 'r' ? /^(\d+)x(\d+)$/.exec(text) : null;
  const [cols, rows] = [Number(size?.[1]), Number(size?.[2])];
  return isSize(cols, rows) ? { kind: 'resize', at, cols, rows } : null;
}
