/**
 * What stands between a machine and the server: a network that lets TCP through and no UDP to the machine, so that its port is
 * another one than it says; it takes down what passes, and can lie.
 */
import { createECDH } from 'node:crypto';
import { createServer, connect, type Server, type Socket } from 'node:net';
import { freePort } from './server.ts';

/** A WebSocket frame of a client (RFC 6455, section 5.2), or null while it is not whole. */
function frameIn(buffer: Buffer): { end: number; mask: number; body: number } | null {
  if (buffer.length < 2) return null;
  const short = (buffer[1] ?? 0) & 0x7f;
  const extra = short === 126 ? 2 : short === 127 ? 8 : 0;
  const mask = 2 + extra;
  const body = mask + 4;
  if (buffer.length < body) return null;
  const size =
    extra === 0 ? short : extra === 2 ? buffer.readUInt16BE(2) : Number(buffer.readBigUInt64BE(2));
  return buffer.length < body + size ? null : { end: body + size, mask, body };
}

function masked(buffer: Buffer, mask: Buffer): Buffer {
  return Buffer.from(buffer.map((byte, index) => byte ^ (mask[index % 4] ?? 0)));
}

export class Middlebox {
  readonly url: string;
  /** How long what passes by the relay is under way, each way. */
  delayMilliseconds = 0;
  /** It puts a key of its own into the greeting at the relay. */
  lies = false;
  /** What passed by the relay, as the server sees it. */
  readonly relayed: Buffer[] = [];
  /** Port of the machine, and the one that the server hears instead, of as many digits. */
  #hides: readonly [string, string] | null = null;
  #held: Promise<undefined> = Promise.resolve(undefined);
  readonly #server: Server;
  readonly #controls = new Set<Socket>();
  readonly #all = new Set<Socket>();

  private constructor(server: Server, port: number, target: number) {
    this.#server = server;
    this.url = `http://localhost:${String(port)}`;
    server.on('connection', (machine) => {
      this.#pass(machine, target);
    });
  }

  static async before(target: number): Promise<Middlebox> {
    const server = createServer();
    await new Promise<void>((done) => {
      server.listen(0, '127.0.0.1', done);
    });
    const address = server.address();
    if (typeof address !== 'object' || !address) throw new Error('no port');
    return new Middlebox(server, address.port, target);
  }

  /** From the machine's next words to the server on, its port is one at which nobody listens. */
  async hide(port: number): Promise<void> {
    const real = String(port);
    let dead = String(await freePort());
    while (dead.length !== real.length) dead = String(await freePort());
    this.#hides = [real, dead];
    this.#cutLink();
  }

  show(): void {
    this.#hides = null;
    this.#cutLink();
  }

  /** The machine's link to the server breaks; what runs through the relay goes on. */
  #cutLink(): void {
    for (const socket of this.#controls) socket.destroy();
  }

  end(): void {
    for (const socket of this.#all) socket.destroy();
    this.#server.close();
  }

  #pass(machine: Socket, target: number): void {
    const server = connect(target, '127.0.0.1');
    for (const socket of [machine, server]) {
      this.#all.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        machine.destroy();
        server.destroy();
        this.#all.delete(socket);
        this.#controls.delete(machine);
      });
    }
    const forth = this.#later(server);
    const back = this.#later(machine);
    let kind: 'plain' | 'link' | 'relay' = 'plain';
    let head = '';
    let upgraded = false;
    let held = Buffer.alloc(0);
    machine.on('data', (piece) => {
      // Frames follow a whole head, which may come in pieces.
      if (kind === 'plain' || !upgraded) {
        head += piece.toString('latin1');
        if (kind === 'plain' && head.includes('GET /relay')) kind = 'relay';
        else if (kind === 'plain' && head.includes('GET /ws')) kind = 'link';
        if (kind === 'link') this.#controls.add(machine);
        upgraded = kind !== 'plain' && head.endsWith('\r\n\r\n');
        server.write(piece);
        return;
      }
      held = Buffer.concat([held, piece]);
      for (let frame = frameIn(held); frame; frame = frameIn(held)) {
        const start = held.subarray(0, frame.body);
        const mask = held.subarray(frame.mask, frame.body);
        const body = masked(held.subarray(frame.body, frame.end), mask);
        held = held.subarray(frame.end);
        if (kind === 'relay') this.relayed.push(body);
        const out = Buffer.concat([
          start,
          masked(kind === 'link' ? this.#hidden(body) : body, mask),
        ]);
        if (kind === 'relay') forth(out);
        else server.write(out);
      }
    });
    server.on('data', (piece) => {
      if (kind === 'relay') this.relayed.push(piece);
      if (kind === 'relay') back(this.lies ? this.#changed(piece) : piece);
      else machine.write(piece);
    });
  }

  /** Writes there in order, each piece after the delay of its time, and not while the relay is held. */
  #later(to: Socket): (piece: Buffer) => void {
    let last: Promise<unknown> = Promise.resolve();
    return (piece) => {
      const arrived = new Promise((done) => setTimeout(done, this.delayMilliseconds));
      last = Promise.all([last, arrived, this.#held]).then(() => to.write(piece));
    };
  }

  /** From now on nothing passes by the relay, until the answer is called. */
  hold(): () => void {
    const { promise, resolve } = Promise.withResolvers<undefined>();
    this.#held = promise;
    return () => {
      resolve(undefined);
    };
  }

  #hidden(body: Buffer): Buffer {
    if (!this.#hides) return body;
    const [real, told] = this.#hides;
    return Buffer.from(
      body.toString('latin1').replaceAll(`port":${real}`, `port":${told}`),
      'latin1',
    );
  }

  /** The page's key of the exchange is the first message: 65 bytes, of which the first says its form. */
  #changed(piece: Buffer): Buffer {
    const at = piece.indexOf(Buffer.of(0x82, 65, 4));
    if (at < 0) return piece;
    const out = Buffer.from(piece);
    out.set(createECDH('prime256v1').generateKeys(), at + 2);
    return out;
  }
}
