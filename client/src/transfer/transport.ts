/** The part of WebTransport that is used; tests have one in memory. */
export interface Pipe {
  readonly readable: ReadableStream<Uint8Array>;
  readonly writable: WritableStream<Uint8Array>;
}

/** Messages of their own, each of which may be lost or overtaken. */
export interface Datagrams {
  readonly readable: ReadableStream<Uint8Array>;
  readonly writable: WritableStream<Uint8Array>;
}

/** Streams to one machine, direct or through the relay. */
export interface Carrier {
  /** Settles when the connection is gone, however it ended; with `closeCode` and `reason` when the machine closed it. */
  readonly closed: Promise<unknown>;
  /** Null where this connection has none. */
  readonly datagrams: Datagrams | null;
  createBidirectionalStream(): Promise<Pipe>;
  close(): void;
}

export interface Transport extends Carrier {
  readonly ready: Promise<unknown>;
  readonly incomingUnidirectionalStreams: ReadableStream<ReadableStream<Uint8Array>>;
}

/** `hashes`: SHA-256 of the certificates that count. */
export type Dial = (url: string, hashes: readonly Uint8Array<ArrayBuffer>[]) => Transport;
