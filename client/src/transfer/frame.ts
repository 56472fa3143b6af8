/** Framing of the data plane (contract, section 6): u32 length, big endian, then a body that begins with '{' or a kind. */
export const chunkBytes = 262_144;
export const chunkHeaderBytes = 13;
const inputHeaderBytes = 9;
const jsonBytesMax = 65_536;
const bodyBytesMax = 1 + 8 + chunkBytes;

const kinds = {
  0x01: { name: 'file_chunk', positionBytes: 8 },
  0x02: { name: 'term_out', positionBytes: 8 },
  0x03: { name: 'term_in', positionBytes: 4 },
  0x04: { name: 'term_snapshot', positionBytes: 8 },
} as const;
const openingBrace = 0x7b;

export type Frame =
  | { readonly kind: 'json'; readonly text: string }
  | {
      readonly kind: (typeof kinds)[keyof typeof kinds]['name'];
      /** Offset in the file or in the output, or the epoch of the control lease. */
      readonly position: number;
      readonly data: Uint8Array;
    };

/** What the other side sent cannot be read; the stream ends. */
export class BadFrame extends Error {
  constructor(what: string) {
    super(what);
    this.name = 'BadFrame';
  }
}

export function jsonFrame(message: object): Uint8Array<ArrayBuffer> {
  const body = new TextEncoder().encode(JSON.stringify(message));
  const frame = new Uint8Array(4 + body.length);
  new DataView(frame.buffer).setUint32(0, body.length);
  frame.set(body, 4);
  return frame;
}

/** FILE_CHUNK as a whole; `content` holds at most chunkBytes. */
export function chunkFrame(offset: number, content: Uint8Array): Uint8Array<ArrayBuffer> {
  const frame = new Uint8Array(chunkHeaderBytes + content.length);
  frame.set(content, chunkHeaderBytes);
  writeChunkHead(frame, offset);
  return frame;
}

/** Into a frame that has its content behind chunkHeaderBytes already. */
export function writeChunkHead(frame: Uint8Array<ArrayBuffer>, offset: number): void {
  const head = new DataView(frame.buffer);
  head.setUint32(0, frame.length - 4);
  head.setUint8(4, 0x01);
  head.setBigUint64(5, BigInt(offset));
}

/** TERM_IN as a whole: keys under a lease of that epoch. */
export function inputFrame(epoch: number, keys: Uint8Array): Uint8Array<ArrayBuffer> {
  const frame = new Uint8Array(inputHeaderBytes + keys.length);
  const head = new DataView(frame.buffer);
  head.setUint32(0, 1 + 4 + keys.length);
  head.setUint8(4, 0x03);
  head.setUint32(5, epoch);
  frame.set(keys, inputHeaderBytes);
  return frame;
}

/** What a frame begins with: its length and kind, and the offset of content. Enough bytes to know what it is. */
export type Head =
  | { readonly kind: 'json'; readonly bytes: number }
  | { readonly kind: 'file_chunk'; readonly offset: number; readonly bytes: number };

export const headBytesMin = 5;

/** Of the first headBytesMin bytes: how many a whole head has. Throws BadFrame. */
export function headBytes(start: Uint8Array): number {
  const view = new DataView(start.buffer, start.byteOffset, start.length);
  const length = view.getUint32(0);
  const first = view.getUint8(4);
  if (length === 0 || length > bodyBytesMax)
    throw new BadFrame(`a frame of ${String(length)} bytes`);
  checkBody(first, length);
  return first === openingBrace ? 4 : chunkHeaderBytes;
}

/** `start` holds a whole head. Throws BadFrame for content that is not of a file. */
export function readHead(start: Uint8Array): Head {
  const view = new DataView(start.buffer, start.byteOffset, start.length);
  const length = view.getUint32(0);
  if (view.getUint8(4) === openingBrace) return { kind: 'json', bytes: length };
  if (view.getUint8(4) !== 0x01) throw new BadFrame('content that is not of a file');
  return { kind: 'file_chunk', offset: Number(view.getBigUint64(5)), bytes: length - 1 - 8 };
}

/** Cuts a stream into frames. Never holds more than one frame and the last piece it was fed. */
export class FrameReader {
  #held = new Uint8Array(0);

  feed(bytes: Uint8Array): void {
    const joined = new Uint8Array(this.#held.length + bytes.length);
    joined.set(this.#held);
    joined.set(bytes, this.#held.length);
    this.#held = joined;
  }

  /** Bytes of a frame that has begun wait for the rest of it. */
  get partial(): boolean {
    return this.#held.length > 0;
  }

  /** The next whole frame, or null. Throws BadFrame. */
  next(): Frame | null {
    if (this.#held.length < 4) return null;
    const view = new DataView(this.#held.buffer, this.#held.byteOffset, this.#held.length);
    const length = view.getUint32(0);
    if (length === 0 || length > bodyBytesMax)
      throw new BadFrame(`a frame of ${String(length)} bytes`);
    if (this.#held.length < 5) return null;
    checkBody(view.getUint8(4), length);
    if (this.#held.length < 4 + length) return null;
    const body = this.#held.subarray(4, 4 + length);
    this.#held = this.#held.subarray(4 + length);
    return readBody(body);
  }
}

function kindOf(first: number) {
  return first === 1 || first === 2 || first === 3 || first === 4 ? kinds[first] : null;
}

function checkBody(first: number, length: number): void {
  if (first === openingBrace) {
    if (length > jsonBytesMax) throw new BadFrame('a JSON message that is too large');
    return;
  }
  const kind = kindOf(first);
  if (!kind) throw new BadFrame(`a frame of kind ${String(first)}`);
  const content = length - 1 - kind.positionBytes;
  if (content < 0 || content > chunkBytes) throw new BadFrame(`a ${kind.name} of a wrong size`);
}

function readBody(body: Uint8Array): Frame {
  const first = body[0] ?? 0;
  const kind = kindOf(first);
  if (!kind) {
    try {
      return { kind: 'json', text: new TextDecoder('utf-8', { fatal: true }).decode(body) };
    } catch {
      throw new BadFrame('a JSON message that is not UTF-8');
    }
  }
  const view = new DataView(body.buffer, body.byteOffset, body.length);
  const position = kind.positionBytes === 8 ? Number(view.getBigUint64(1)) : view.getUint32(1);
  return { kind: kind.name, position, data: body.slice(1 + kind.positionBytes) };
}
