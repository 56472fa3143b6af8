/** What travels inside a sealed message of the relay: u8 kind, u32 stream, then what belongs to the kind (contract, 6b). */
import { DirectError } from './direct_error';

/** `credit` and `reset` carry a u32: bytes that may follow, and why a stream ends. */
export const frameKind = { open: 1, data: 2, fin: 3, reset: 4, credit: 5 } as const;
export type FrameKind = (typeof frameKind)[keyof typeof frameKind];

export interface RelayFrame {
  readonly kind: FrameKind;
  readonly stream: number;
  readonly body: Uint8Array;
}

const headBytes = 5;
export const dataBytesMax = 16_384;

function bodyFits(kind: number, bytes: number): kind is FrameKind {
  switch (kind) {
    case frameKind.open:
    case frameKind.fin:
      return bytes === 0;
    case frameKind.data:
      return bytes > 0 && bytes <= dataBytesMax;
    case frameKind.reset:
    case frameKind.credit:
      return bytes === 4;
    default:
      return false;
  }
}

/** Throws DirectError bad_answer. */
export function readRelayFrame(message: Uint8Array): RelayFrame {
  const view = new DataView(message.buffer, message.byteOffset, message.byteLength);
  const kind = message[0] ?? 0;
  if (message.length < headBytes || !bodyFits(kind, message.length - headBytes))
    throw new DirectError('bad_answer', 'a relayed message of no known form');
  return { kind, stream: view.getUint32(1), body: message.subarray(headBytes) };
}

export function relayFrame(
  kind: FrameKind,
  stream: number,
  body: Uint8Array = new Uint8Array(0),
): Uint8Array<ArrayBuffer> {
  const frame = new Uint8Array(headBytes + body.length);
  frame[0] = kind;
  new DataView(frame.buffer).setUint32(1, stream);
  frame.set(body, headBytes);
  return frame;
}

export function numberIn(body: Uint8Array): number {
  return new DataView(body.buffer, body.byteOffset, body.byteLength).getUint32(0);
}

export function numberBody(value: number): Uint8Array {
  const body = new Uint8Array(4);
  new DataView(body.buffer).setUint32(0, value);
  return body;
}
