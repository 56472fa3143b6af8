/** A verified connection to one machine for one session: the handshake, further streams, heartbeat and renewal. */
import type { DeviceIdentity, KnownMachines } from '../protocol/ports';
import { fromBase64url } from '../protocol/base64url';
import type { Path } from '../protocol/direct';
import type { P2pSession, RelayPlace } from '../protocol/shapes';
import { DatagramPings } from './datagram_pings';
import { asDirectError, DirectError } from './direct_error';
import { Pinger } from './heartbeat';
import { MessageSource, MessageStream } from './message_stream';
import { reach, type ReachPorts } from './reach';
import type { Outlet } from './outlet';
import { RelayGreeting } from './relay_keys';
import { RelayTransport, type OpenRelay } from './relay_transport';
import type { Carrier, Pipe, Transport } from './transport';
import { fromHex, helloProof, trustedHashes, trustedKey } from './trust';
import { within } from './within';

const handshakeMilliseconds = 10_000;
/** The machine has fifteen seconds to come to the relay. */
const relayMilliseconds = 20_000;
const heartbeatMilliseconds = 5_000;
const renewMilliseconds = 60_000;

export interface LinkPorts extends ReachPorts {
  readonly identity: DeviceIdentity;
  readonly known: KnownMachines;
  readonly openRelay: OpenRelay;
  /** Throws DirectError with the server's word. */
  readonly relayPlace: (sessionId: string) => Promise<RelayPlace>;
  /** Milliseconds with fractions. */
  readonly fine: () => number;
  /** Asks for a fresh token; it comes by renew(). */
  readonly askRenewal: (sessionId: string) => void;
}

/** How a connection was made, and what the machine asks of whoever made it. */
interface Way {
  readonly carrier: Carrier;
  readonly path: Path;
  readonly address: string;
  /** What P2P_HELLO proves our key with. */
  readonly challenge: () => Promise<{
    readonly nonce: Uint8Array;
    readonly certificate: Uint8Array;
  }>;
}

export class Link {
  readonly sessionId: string;
  /** Host and port that answered; empty when it is relayed. */
  readonly address: string;
  readonly path: Path;
  readonly #transport: Carrier;
  readonly #control: MessageStream;
  readonly #ports: LinkPorts;
  readonly #pinger: Pinger;
  readonly #lost = Promise.withResolvers<DirectError>();
  #cancelBeat: () => void = () => undefined;
  #cancelRenewal: () => void = () => undefined;
  #roundTrip: number | null = null;
  #over = false;

  private constructor(
    ports: LinkPorts,
    session: P2pSession,
    { carrier, path, address }: Way,
    control: MessageStream,
    pinger: Pinger,
  ) {
    this.sessionId = session.session_id;
    this.address = address;
    this.path = path;
    this.#ports = ports;
    this.#transport = carrier;
    this.#control = control;
    this.#pinger = pinger;
    const gone = (told: unknown) => {
      this.#fail(new DirectError('connection_lost', wordsOfEnd(told)));
    };
    carrier.closed.then(gone, gone);
    void this.#hear();
  }

  /**
   * Straight to the machine. Throws DirectError: no_webtransport, no_direct, unsigned, key_changed, unreachable, permission_denied,
   * bad_answer, lost, or the word with which the machine refuses.
   */
  static async open(ports: LinkPorts, machine: string, session: P2pSession): Promise<Link> {
    const endpoint = session.endpoints.target?.webtransport;
    if (!endpoint) throw new DirectError('no_direct');
    const hashes = await trustedHashes(machine, endpoint, ports.known);
    const { transport, url } = await reach(ports, endpoint.urls, hashes);
    return this.#begin(ports, session, {
      carrier: transport,
      path: 'direct',
      address: new URL(url).host,
      challenge: () => challenged(transport, endpoint.cert_sha256),
    });
  }

  /**
   * Through the server's relay. Throws DirectError: the server's word, key_changed, relay_tampered, bad_answer, lost, or the
   * word with which the machine refuses.
   */
  static async openRelayed(ports: LinkPorts, machine: string, session: P2pSession): Promise<Link> {
    const place = await ports.relayPlace(session.session_id);
    await trustedKey(machine, place.public_key, ports.known);
    const socket = ports.openRelay(place.ticket);
    const late = () => new DirectError('connection_lost', 'nobody answers at the relay');
    try {
      const met = (async () => {
        await socket.opened;
        const answer = Promise.withResolvers<Uint8Array<ArrayBuffer>>();
        socket.listen(answer.resolve);
        socket.closed.then(() => {
          answer.reject(late());
        }, answer.reject);
        const greeting = await RelayGreeting.begin();
        socket.send(greeting.opening);
        const said = await answer.promise;
        return greeting.finish(said, session, place.public_key, ports.identity);
      })();
      const { proof, keys } = await within(ports.clock, relayMilliseconds, met, late);
      socket.send(proof);
      return await this.#begin(ports, session, {
        carrier: new RelayTransport(socket, keys),
        path: 'relayed',
        address: '',
        challenge: () => Promise.resolve(keys),
      });
    } catch (thrown) {
      socket.close();
      throw asDirectError(thrown);
    }
  }

  static async #begin(ports: LinkPorts, session: P2pSession, way: Way): Promise<Link> {
    const { carrier } = way;
    try {
      const late = () => new DirectError('connection_lost', 'no greeting');
      const greeting = greet(ports, session, way);
      const control = await within(ports.clock, handshakeMilliseconds, greeting, late);
      const pipe = await carrier.createBidirectionalStream();
      const { clock, fine } = ports;
      const quick = carrier.datagrams && new DatagramPings(carrier.datagrams, clock, fine);
      const pinger = new Pinger(pipe, session.session_id, clock, fine, quick);
      const link = new Link(ports, session, way, control, pinger);
      link.#beat();
      link.#renewLater();
      return link;
    } catch (thrown) {
      carrier.close();
      throw asDirectError(thrown);
    }
  }

  /** Settles when the link is of no use any more. */
  get lost(): Promise<DirectError> {
    return this.#lost.promise;
  }
  get usable(): boolean {
    return !this.#over;
  }
  /** Milliseconds, of the latest ping. */
  get roundTrip(): number | null {
    return this.#roundTrip;
  }

  /** `Kind`: what reads it. */
  async openStream<T extends Outlet>(purpose: string, Kind: new (pipe: Pipe) => T): Promise<T> {
    let pipe;
    try {
      pipe = await this.#transport.createBidirectionalStream();
    } catch (thrown) {
      throw new DirectError('connection_lost', String(thrown));
    }
    const stream = new Kind(pipe);
    await stream.send({ type: 'STREAM_OPEN', session_id: this.sessionId, purpose });
    return stream;
  }

  /** The outcome of `work`, or the end of the link when that comes first. */
  unlessLost<T>(work: Promise<T>): Promise<T> {
    return Promise.race([work, this.lost.then((why) => Promise.reject(why))]);
  }

  /** Round trips one after the other, in milliseconds. */
  async measure(count: number): Promise<number[]> {
    const all: number[] = [];
    while (all.length < count) all.push(await this.#pinger.ping());
    this.#roundTrip = Math.min(...all);
    return all;
  }

  renew(token: string): void {
    const message = { type: 'SESSION_RENEW', session_id: this.sessionId, token };
    this.#control.send(message).catch(() => undefined); // a broken link is noticed by its pings
  }

  /** `why`: told to what is under way. */
  close(why = new DirectError('connection_lost', 'closed')): void {
    this.#fail(why);
  }

  /** At once, and again a while after each answer. */
  #beat(): void {
    this.#pinger.ping().then(
      (milliseconds) => {
        this.#roundTrip = milliseconds;
        if (this.#over) return;
        this.#cancelBeat = this.#ports.clock.after(heartbeatMilliseconds, () => {
          this.#beat();
        });
      },
      (thrown: unknown) => {
        this.#fail(asDirectError(thrown));
      },
    );
  }

  #renewLater(): void {
    this.#cancelRenewal = this.#ports.clock.after(renewMilliseconds, () => {
      this.#ports.askRenewal(this.sessionId);
      this.#renewLater();
    });
  }

  /** On the control stream the machine shows its own renewals, which are for agents to judge, and may refuse. */
  async #hear(): Promise<void> {
    try {
      for (;;) {
        const message = await this.#control.receive();
        if (message.type === 'P2P_DENY') throw new DirectError(message.code, message.message);
      }
    } catch (thrown) {
      this.#fail(asDirectError(thrown));
    }
  }

  #fail(why: DirectError): void {
    if (this.#over) return;
    this.#over = true;
    this.#cancelBeat();
    this.#cancelRenewal();
    this.#pinger.stop();
    this.#transport.close();
    this.#lost.resolve(why);
  }
}

/** Of what `closed` of a carrier tells. */
function wordsOfEnd(told: unknown): string {
  if (typeof told !== 'object' || told === null || !('closeCode' in told))
    return 'the connection is gone';
  const reason = 'reason' in told ? String(told.reason) : '';
  return `the machine closed the connection (${String(told.closeCode)}${reason && `: ${reason}`})`;
}

/** The handshake: its challenge, our proof, its verdict. The control stream stays open. */
async function greet(ports: LinkPorts, session: P2pSession, way: Way): Promise<MessageStream> {
  const { nonce, certificate } = await way.challenge();
  const { session_id, session_token } = session;
  const proof = await helloProof(ports.identity, session_id, nonce, certificate);
  const control = new MessageStream(await way.carrier.createBidirectionalStream());
  await control.send({
    type: 'P2P_HELLO',
    session_id,
    token: session_token,
    version: 1,
    public_key: ports.identity.public_key,
    proof,
  });
  const verdict = await control.receive();
  if (verdict.type === 'P2P_DENY') throw new DirectError(verdict.code, verdict.message);
  if (verdict.type !== 'P2P_OK' || verdict.session_id !== session_id)
    throw new DirectError('bad_answer', `${verdict.type} instead of P2P_OK`);
  return control;
}

async function challenged(transport: Transport, hashes: readonly string[]) {
  const streams = transport.incomingUnidirectionalStreams.getReader();
  const { done, value } = await streams.read();
  streams.releaseLock();
  if (done) throw new DirectError('connection_lost', 'no challenge');
  const message = await new MessageSource(value).next();
  if (message?.type !== 'P2P_CHALLENGE')
    throw new DirectError('bad_answer', 'the machine does not begin with a challenge');
  const nonce = fromBase64url(message.nonce);
  if (nonce?.length !== 32 || !hashes.includes(message.cert_sha256))
    throw new DirectError('bad_answer', 'a challenge that does not fit the certificates');
  return { nonce, certificate: fromHex(message.cert_sha256) };
}
