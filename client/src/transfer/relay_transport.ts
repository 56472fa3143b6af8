/** A connection to a machine through the server's relay, which carries sealed messages and understands none. */
import { DirectError } from './direct_error';
import { frameKind, numberBody, numberIn, readRelayFrame, relayFrame } from './relay_frame';
import { RelayLane, type Say } from './relay_lane';
import { Opener, Sealer } from './relay_seal';
import type { RelayKeys } from './relay_keys';
import type { Carrier, Pipe } from './transport';

/** One WebSocket to the relay; tests have one in memory. */
export interface RelaySocket {
  readonly opened: Promise<unknown>;
  /** Settles when it is gone, however that came about. */
  readonly closed: Promise<unknown>;
  /** Replaces the listener; what came before the first one is kept for it. */
  listen(heard: (message: Uint8Array<ArrayBuffer>) => void): void;
  send(message: Uint8Array<ArrayBuffer>): void;
  close(): void;
}

export type OpenRelay = (ticket: string) => RelaySocket;

/** Of p2p/close_code. */
const denied = 0x13;

export class RelayTransport implements Carrier {
  readonly closed: Promise<unknown>;
  readonly datagrams = null; // a WebSocket loses nothing, and holds up everything alike
  readonly #socket: RelaySocket;
  readonly #sealer: Sealer;
  readonly #opener: Opener;
  readonly #lanes = new Map<number, RelayLane>();
  readonly #ended = Promise.withResolvers<DirectError>();
  #sending: Promise<unknown> = Promise.resolve();
  #hearing: Promise<unknown> = Promise.resolve();
  #next = 0;
  #over = false;

  constructor(socket: RelaySocket, keys: RelayKeys) {
    this.#socket = socket;
    this.#sealer = new Sealer(keys.toTarget);
    this.#opener = new Opener(keys.toInitiator);
    this.closed = this.#ended.promise;
    const gone = () => {
      this.#end(new DirectError('connection_lost', 'the relay is gone'));
    };
    socket.closed.then(gone, gone);
    socket.listen((message) => {
      this.#heard(message);
    });
  }

  createBidirectionalStream(): Promise<Pipe> {
    if (this.#over) return Promise.reject(new Error('the connection is gone'));
    const number = this.#next;
    this.#next += 2;
    const lane = new RelayLane(number, this.#say, () => {
      this.#lanes.delete(number);
    });
    this.#lanes.set(number, lane);
    this.#say(frameKind.open, number);
    return Promise.resolve(lane.pipe);
  }

  close(): void {
    this.#end(new DirectError('connection_lost', 'closed'));
  }

  readonly #say: Say = (kind, stream, body) => {
    if (this.#over) return;
    // Sealed at once and side by side; sent in the order in which they were counted.
    const sealed = this.#sealer.seal(relayFrame(kind, stream, body));
    this.#sending = Promise.all([this.#sending, sealed]).then(([, message]) => {
      if (!this.#over) this.#socket.send(message);
    });
    this.#sending.catch(() => undefined);
  };

  #heard(message: Uint8Array<ArrayBuffer>): void {
    const opened = this.#opener.open(message);
    opened.catch(() => undefined); // told below, in its turn
    this.#hearing = this.#hearing
      .then(() => opened)
      .then((inside) => {
        if (!this.#over) this.#take(inside);
      })
      .catch((thrown: unknown) => {
        this.#end(thrown instanceof DirectError ? thrown : new DirectError('bad_answer'));
      });
  }

  #take(inside: Uint8Array): void {
    const { kind, stream, body } = readRelayFrame(inside);
    // A machine opens no streams to a page yet.
    if (kind === frameKind.open) {
      this.#say(frameKind.reset, stream, numberBody(denied));
      return;
    }
    const lane = this.#lanes.get(stream);
    if (!lane) return; // the last words about a stream that is done with
    switch (kind) {
      case frameKind.data:
        if (!lane.data(body)) throw new DirectError('bad_answer', 'more than there is room for');
        return;
      case frameKind.fin:
        lane.end();
        return;
      case frameKind.credit:
        lane.credit(numberIn(body));
        return;
      case frameKind.reset:
        lane.broke(new Error(`the machine reset the stream (${String(numberIn(body))})`));
    }
  }

  #end(why: DirectError): void {
    if (this.#over) return;
    this.#over = true;
    for (const lane of this.#lanes.values()) lane.broke(why);
    this.#lanes.clear();
    this.#socket.close();
    this.#ended.resolve(why);
  }
}
