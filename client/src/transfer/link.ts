/** A verified connection to one machine for one session: the handshake, further streams, heartbeat and renewal. */
import type { DeviceIdentity, KnownMachines } from '../protocol/ports';
import { fromBase64url } from '../protocol/base64url';
import type { P2pSession } from '../protocol/shapes';
import { asDirectError, DirectError } from './direct_error';
import { Pinger } from './heartbeat';
import type { MessageOf } from './message';
import { MessageSource, MessageStream } from './message_stream';
import { reach, type ReachPorts } from './reach';
import type { Outlet } from './outlet';
import type { Pipe, Transport } from './transport';
import { helloProof, trustedHashes } from './trust';
import { within } from './within';

const handshakeMilliseconds = 10_000;
const heartbeatMilliseconds = 5_000;
const renewMilliseconds = 60_000;

export interface LinkPorts extends ReachPorts {
  readonly identity: DeviceIdentity;
  readonly known: KnownMachines;
  /** Milliseconds with fractions. */
  readonly fine: () => number;
  /** Asks for a fresh token; it comes by renew(). */
  readonly askRenewal: (sessionId: string) => void;
}

export class Link {
  readonly sessionId: string;
  /** Host and port that answered. */
  readonly address: string;
  readonly #transport: Transport;
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
    transport: Transport,
    control: MessageStream,
    pinger: Pinger,
    url: string,
  ) {
    this.sessionId = session.session_id;
    this.address = new URL(url).host;
    this.#ports = ports;
    this.#transport = transport;
    this.#control = control;
    this.#pinger = pinger;
    const gone = () => {
      this.#fail(new DirectError('connection_lost', 'the connection is gone'));
    };
    transport.closed.then(gone, gone);
    void this.#hear();
  }

  /**
   * Throws DirectError: no_direct, unsigned, key_changed, unreachable, permission_denied, bad_answer, lost, or the word with
   * which the machine refuses.
   */
  static async open(ports: LinkPorts, machine: string, session: P2pSession): Promise<Link> {
    const endpoint = session.endpoints.target?.webtransport;
    if (!endpoint) throw new DirectError('no_direct');
    const hashes = await trustedHashes(machine, endpoint, ports.known);
    const { transport, url } = await reach(ports, endpoint.urls, hashes);
    try {
      const greeting = greet(ports, transport, session, endpoint.cert_sha256);
      const late = () => new DirectError('connection_lost', 'no greeting');
      const control = await within(ports.clock, handshakeMilliseconds, greeting, late);
      const pipe = await transport.createBidirectionalStream();
      const pinger = new Pinger(pipe, session.session_id, ports.clock, ports.fine);
      const link = new Link(ports, session, transport, control, pinger, url);
      link.#beat();
      link.#renewLater();
      return link;
    } catch (thrown) {
      transport.close();
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

  close(): void {
    this.#fail(new DirectError('connection_lost', 'closed'));
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

/** The handshake: its challenge, our proof, its verdict. The control stream stays open. */
async function greet(
  ports: LinkPorts,
  transport: Transport,
  session: P2pSession,
  hashes: readonly string[],
): Promise<MessageStream> {
  const challenge = await challenged(transport);
  const nonce = fromBase64url(challenge.nonce);
  if (nonce?.length !== 32 || !hashes.includes(challenge.cert_sha256))
    throw new DirectError('bad_answer', 'a challenge that does not fit the certificates');
  const { session_id, session_token } = session;
  const proof = await helloProof(ports.identity, session_id, nonce, challenge.cert_sha256);
  const control = new MessageStream(await transport.createBidirectionalStream());
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

async function challenged(transport: Transport): Promise<MessageOf<'P2P_CHALLENGE'>> {
  const streams = transport.incomingUnidirectionalStreams.getReader();
  const { done, value } = await streams.read();
  streams.releaseLock();
  if (done) throw new DirectError('connection_lost', 'no challenge');
  const message = await new MessageSource(value).next();
  if (message?.type !== 'P2P_CHALLENGE')
    throw new DirectError('bad_answer', 'the machine does not begin with a challenge');
  return message;
}
