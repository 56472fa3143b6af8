/** What the layers below the screen need from the world; the browser's versions live in src/app. */

export interface HttpRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Path and query from the root of the server: "/api/rooms". */
  readonly path: string;
  readonly body?: string;
  readonly headers: Readonly<Record<string, string>>;
  /** The request must outlive the page that sends it. */
  readonly keepalive?: boolean;
}

export interface HttpResponse {
  readonly status: number;
  readonly body: string;
  header(name: string): string | null;
}

/** Rejects only when no answer came (no network, server down). */
export type Http = (request: HttpRequest) => Promise<HttpResponse>;

export interface SocketHandlers {
  opened(): void;
  received(message: string): void;
  /** Called once, also when the connection could not be made. */
  closed(code: number): void;
}

export interface Socket {
  send(message: string): void;
  close(): void;
}

export type OpenSocket = (handlers: SocketHandlers) => Socket;

export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Calls back once; the returned function cancels. */
  after(milliseconds: number, callback: () => void): () => void;
}

export interface Random {
  /** Between 0 (included) and 1 (excluded). */
  unit(): number;
  /** A fresh name that nobody guesses or repeats. */
  id(): string;
}

/** Small texts kept in this browser profile. */
export interface Storage {
  get(key: string): string | null;
  set(key: string, value: string): void;
  remove(key: string): void;
}

/** This browser profile's own key: it never leaves the browser, it only signs. */
export interface DeviceIdentity {
  readonly device_id: string;
  /** SubjectPublicKeyInfo, DER, base64url without padding. */
  readonly public_key: string;
  readonly name: string;
  /** ECDSA P-256 SHA-256, raw r and s, base64url without padding. */
  sign(text: string): Promise<string>;
  signBytes(bytes: Uint8Array<ArrayBuffer>): Promise<string>;
}

export interface DeviceVault {
  /** The key of this person in this browser profile, made at first call. */
  open(userId: string): Promise<DeviceIdentity>;
  /** Forgets it, so that the next open makes a new one. */
  forget(userId: string): Promise<void>;
}

/** The keys of the machines this person met from this browser profile, so that another key under an old name is noticed. */
export interface KnownMachines {
  /** base64url of its SubjectPublicKeyInfo, or null when it was never met. */
  key(deviceId: string): Promise<string | null>;
  remember(deviceId: string, publicKey: string): Promise<void>;
  /** The next key is taken as the first one. */
  forget(deviceId: string): Promise<void>;
}
