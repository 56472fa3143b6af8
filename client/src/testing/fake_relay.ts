/** A server's relay in memory with a machine at its other end, written down a second time with the crypto of Node. */
import {
  createCipheriv,
  createDecipheriv,
  createECDH,
  createHash,
  hkdfSync,
  sign,
  type KeyObject,
} from 'node:crypto';
import { DirectError } from '../transfer/direct_error';
import type { OpenRelay, RelaySocket } from '../transfer/relay_transport';
import type { RelayPlace } from '../protocol/shapes';
import type { FakeAgent } from './fake_agent';

type Bytes = Uint8Array<ArrayBuffer>;

const dataBytes = 16_384;
const windowBytes = 524_288;
const own = (bytes: Uint8Array): Bytes => Uint8Array.from(bytes);

export class FakeRelay {
  /** The server's word against it. */
  refuses: string | null = 'relay_off';
  /** It puts in a key of its own. */
  swaps = false;
  /** It changes the message of that number that goes to the page. */
  changes = -1;
  readonly places: string[] = [];
  /** All that it could read. */
  readonly captured: Bytes[] = [];
  readonly #agent: FakeAgent;
  readonly #key: KeyObject;
  readonly #publicKey: string;

  constructor(agent: FakeAgent, key: KeyObject, publicKey: string) {
    this.#agent = agent;
    this.#key = key;
    this.#publicKey = publicKey;
  }

  readonly place = (session_id: string): Promise<RelayPlace> => {
    if (this.refuses !== null) return Promise.reject(new DirectError(this.refuses));
    this.places.push(session_id);
    const expires_at = '2026-01-04T23:01:00Z';
    return Promise.resolve({
      session_id,
      ticket: `ticket ${session_id}`,
      expires_at,
      public_key: this.#publicKey,
    });
  };

  readonly open: OpenRelay = (ticket) =>
    new Meeting(this, this.#agent, this.#key, ticket.slice(7)).socket;
}

class Meeting {
  readonly socket: RelaySocket;
  readonly #relay: FakeRelay;
  readonly #agent: FakeAgent;
  readonly #key: KeyObject;
  readonly #session: string;
  readonly #ecdh = createECDH('prime256v1');
  readonly #closed = Promise.withResolvers<undefined>();
  readonly #streams = new Map<number, Stream>();
  #hear: (message: Bytes) => void = () => undefined;
  #phase: 'opening' | 'proving' | 'open' = 'opening';
  #toAgent = Buffer.alloc(0);
  #toPage = Buffer.alloc(0);
  #sent = 0n;
  #got = 0n;

  constructor(relay: FakeRelay, agent: FakeAgent, key: KeyObject, session: string) {
    this.#relay = relay;
    this.#agent = agent;
    this.#key = key;
    this.#session = session;
    this.socket = {
      opened: Promise.resolve(),
      closed: this.#closed.promise,
      listen: (heard) => {
        this.#hear = heard;
      },
      send: (message) => {
        relay.captured.push(message);
        this.#take(Buffer.from(message));
      },
      close: () => {
        this.#end();
      },
    };
  }

  #end(): void {
    for (const stream of this.#streams.values()) stream.broke();
    this.#streams.clear();
    this.#closed.resolve(undefined);
  }

  #send(message: Buffer, number = -1): void {
    if (number >= 0 && number === this.#relay.changes) message[9] = (message[9] ?? 0) ^ 1;
    this.#relay.captured.push(own(message));
    const copy = own(message);
    setImmediate(() => {
      this.#hear(copy);
    });
  }

  #take(message: Buffer): void {
    if (this.#phase === 'opening') {
      this.#answer(message);
      this.#phase = 'proving';
    } else if (this.#phase === 'proving') {
      this.#phase = 'open';
    } else {
      this.#heard(this.#unsealed(message));
    }
  }

  #answer(opening: Buffer): void {
    const point = this.#ecdh.generateKeys();
    const text = Buffer.concat([Buffer.from(`mesh-relay/1${this.#session}`), opening, point]);
    const shown = this.#relay.swaps ? createECDH('prime256v1').generateKeys() : point;
    const common = this.#ecdh.computeSecret(opening);
    const salt = createHash('sha256').update('token').digest();
    const derive = (info: string) =>
      Buffer.from(hkdfSync('sha256', common, salt, `mesh-relay/1 ${info}`, 16));
    this.#toAgent = derive('to target');
    this.#toPage = derive('to initiator');
    this.#send(Buffer.concat([shown, sign(null, text, this.#key)]));
  }

  #nonce(counter: bigint): Buffer {
    const nonce = Buffer.alloc(12);
    nonce.writeBigUInt64BE(counter, 4);
    return nonce;
  }

  #unsealed(message: Buffer): Buffer {
    if (message.readBigUInt64BE(0) !== this.#got) throw new Error('a message out of its turn');
    const opened = createDecipheriv('aes-128-gcm', this.#toAgent, this.#nonce(this.#got++));
    opened.setAuthTag(message.subarray(-16));
    return Buffer.concat([opened.update(message.subarray(8, -16)), opened.final()]);
  }

  say(kind: number, stream: number, body: Uint8Array = new Uint8Array(0)): void {
    const frame = Buffer.alloc(5 + body.length);
    frame[0] = kind;
    frame.writeUInt32BE(stream, 1);
    frame.set(body, 5);
    const number = Number(this.#sent);
    const nonce = this.#nonce(this.#sent++);
    const sealed = createCipheriv('aes-128-gcm', this.#toPage, nonce);
    this.#send(
      Buffer.concat([nonce.subarray(4), sealed.update(frame), sealed.final(), sealed.getAuthTag()]),
      number,
    );
  }

  #heard(frame: Buffer): void {
    const number = frame.readUInt32BE(1);
    const body = frame.subarray(5);
    const stream = this.#streams.get(number);
    switch (frame[0]) {
      case 1:
        this.#streams.set(
          number,
          new Stream(number, this, this.#agent, () => {
            this.#end();
          }),
        );
        return;
      case 2:
        stream?.data(own(body));
        return;
      case 3:
        stream?.fin();
        return;
      case 4:
        stream?.broke();
        return;
      case 5:
        stream?.credit(body.readUInt32BE(0));
    }
  }
}

/** A stream of the page at the machine. */
class Stream {
  readonly #number: number;
  readonly #meeting: Meeting;
  readonly #in = new TransformStream<Uint8Array, Uint8Array>(undefined, {
    highWaterMark: Infinity,
  });
  readonly #writer = this.#in.writable.getWriter();
  #credit = windowBytes;
  #more = Promise.withResolvers<undefined>();
  #over = false;

  constructor(number: number, meeting: Meeting, agent: FakeAgent, cut: () => void) {
    this.#number = number;
    this.#meeting = meeting;
    this.#writer.closed.catch(() => undefined);
    const writable = new WritableStream<Uint8Array>({
      write: (bytes) => this.#write(bytes),
      close: () => {
        meeting.say(3, number);
      },
    });
    void agent.serve({ readable: this.#in.readable, writable }, cut).catch(() => undefined);
  }

  data(bytes: Bytes): void {
    if (this.#over) return;
    this.#writer.write(bytes).catch(() => undefined);
    const credit = new Uint8Array(4);
    new DataView(credit.buffer).setUint32(0, bytes.length);
    this.#meeting.say(5, this.#number, credit);
  }

  fin(): void {
    this.#writer.close().catch(() => undefined);
  }

  broke(): void {
    this.#over = true;
    this.#writer.abort(new Error('broken')).catch(() => undefined);
    this.#more.resolve(undefined);
  }

  credit(bytes: number): void {
    this.#credit += bytes;
    this.#more.resolve(undefined);
    this.#more = Promise.withResolvers();
  }

  async #write(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length && !this.#over;) {
      while (this.#credit === 0 && !this.#over) await this.#more.promise;
      const size = Math.min(dataBytes, bytes.length - at, this.#credit);
      this.#credit -= size;
      this.#meeting.say(2, this.#number, bytes.subarray(at, at + size));
      at += size;
    }
  }
}
