/** The part of WebTransport that is used; tests have one in memory. */
export interface Pipe {
  readonly readable: ReadableStream<Uint8Array>;
  readonly writable: WritableStream<Uint8Array>;
}

export interface Transport {
  readonly ready: Promise<unknown>;
  /** Settles when the connection is gone, however it ended. */
  readonly closed: Promise<unknown>;
  readonly incomingUnidirectionalStreams: ReadableStream<ReadableStream<Uint8Array>>;
  createBidirectionalStream(): Promise<Pipe>;
  close(): void;
}

/** `hashes`: SHA-256 of the certificates that count. */
export type Dial = (url: string, hashes: readonly Uint8Array<ArrayBuffer>[]) => Transport;
