/** A machine in memory, the page's side of it, and what passes between them. */
import { generateKeyPairSync, sign } from 'node:crypto';
import type { CheckReport, FileReport, Purpose } from '../protocol/direct';
import type { P2pSession } from '../protocol/shapes';
import { blake3 } from '../transfer/blake3';
import { DirectError } from '../transfer/direct_error';
import { Machine, type MachinePorts } from '../transfer/machine';
import { Outgoing, type SourceFile } from '../transfer/outgoing';
import { certificatesText } from '../transfer/trust';
import { FakeAgent } from './fake_agent';
import { FakeRelay } from './fake_relay';
import { HandClock } from './fakes';

const { publicKey, privateKey } = generateKeyPairSync('ed25519');
export const hashes = ['ab'.repeat(32), 'cd'.repeat(32)];
export const endpoint = {
  urls: ['https://192.0.2.1:5000/mesh', 'https://[2001:db8::1]:5000/mesh'],
  cert_sha256: hashes,
  signature: sign(null, certificatesText(hashes), privateKey).toString('base64url'),
  public_key: publicKey.export({ type: 'spki', format: 'der' }).toString('base64url'),
};

export const bytes = Uint8Array.from({ length: 700_000 }, (_, index) => (index * 31) & 255);

export function fileOf(name: string, content: Uint8Array<ArrayBuffer> = bytes): SourceFile {
  return {
    name,
    size: content.length,
    lastModified: 1_767_567_600_000.5,
    slice: (start, end) => new Blob([content]).slice(start, end),
  };
}

export class Stage {
  readonly agent = new FakeAgent();
  readonly relay = new FakeRelay(this.agent, privateKey, endpoint.public_key);
  readonly clock = new HandClock();
  readonly signed: Uint8Array[] = [];
  readonly closed: string[] = [];
  readonly renewals: string[] = [];
  readonly sessions: P2pSession[] = [];
  readonly ways: Purpose[] = [];
  permission: 'granted' | 'prompt' | 'denied' = 'granted';
  refuses: string | null = null;
  key: string | null = null;
  direct = true;
  readonly machine: Machine;
  /** Of files that come. */
  readonly taker: Machine;
  readonly ports: MachinePorts;

  constructor() {
    this.agent.manners.certificate = hashes[1] ?? '';
    this.ports = {
      clock: this.clock,
      dial: this.agent.dial,
      openRelay: this.relay.open,
      relayPlace: this.relay.place,
      unit: () => 0.5,
      fine: () => performance.now(),
      permission: () => Promise.resolve(this.permission),
      promptPossible: true,
      hasher: blake3,
      known: {
        key: () => Promise.resolve(this.key),
        remember: (_, key) => Promise.resolve(void (this.key = key)),
        forget: () => Promise.resolve(void (this.key = null)),
      },
      identity: {
        device_id: 'browser',
        name: 'Browser',
        public_key: 'spki',
        sign: () => Promise.reject(new Error('only bytes are signed here')),
        signBytes: (text) => Promise.resolve(`signed-${String(this.signed.push(text))}`),
      },
      session: this.#session,
      closeSession: (id) => this.closed.push(id),
      relayFirst: new Map(),
      askRenewal: (id) => this.renewals.push(id),
    };
    this.machine = new Machine('pc', 'out', this.ports);
    this.taker = new Machine('pc', 'in', this.ports);
  }

  readonly #session = (_: string, way: Purpose): Promise<P2pSession> => {
    this.ways.push(way);
    if (this.refuses !== null) return Promise.reject(new DirectError(this.refuses));
    const session = {
      session_id: `ses_${String(this.sessions.length + 1)}`,
      session_token: 'token',
      expires_at: '2026-01-04T23:02:00Z',
      endpoints: {
        initiator: null,
        target: { ip: '192.0.2.1', port: 5000, webtransport: this.direct ? endpoint : null },
      },
    };
    this.sessions.push(session);
    return Promise.resolve(session);
  };

  send(file: SourceFile): { file: Outgoing; told: FileReport[]; until: Until } {
    const told: FileReport[] = [];
    const outgoing = new Outgoing(`id-${file.name}`, file, this.clock, (it) => told.push(it));
    this.machine.add(outgoing);
    return { file: outgoing, told, until: until(told) };
  }

  /** The file of that number is byte for byte what was sent. */
  arrived(index: number): boolean {
    const got = this.agent.files[index]?.bytes;
    return got !== undefined && Buffer.compare(got, bytes) === 0;
  }

  /** In steps in which every ping through the relay is answered: the next one is due five seconds later. */
  async later(seconds: number): Promise<void> {
    for (let passed = 0; passed < seconds; passed++) {
      this.clock.pass(1_000);
      do await sealed();
      while (this.clock.nearest > 5_000);
    }
  }

  async check(): Promise<CheckReport> {
    const told: CheckReport[] = [];
    await this.machine.check((it) => told.push(it));
    const last = told.at(-1);
    if (!last) throw new Error('nothing was told');
    return last;
  }
}

/** What is under way is sealed, answered and opened meanwhile: on the threads that these digests wait for, too. */
async function sealed(): Promise<void> {
  for (let round = 0; round < 12; round++) {
    await crypto.subtle.digest('SHA-256', bytes.subarray(0, 64));
    await turn();
  }
}

/** Lets what is under way get on until it is so. */
export async function soon(what: string, isSo: () => boolean): Promise<void> {
  for (let turns = 0; turns < turnsMax; turns++) {
    if (isSo()) return;
    await turn();
  }
  throw new Error(`it did not come to this: ${what}`);
}

export type Until = (state: FileReport['state']) => Promise<FileReport>;

/** Lets what is under way get on. */
export const turn = () => new Promise((next) => setImmediate(next));
const turnsMax = 50_000;

export function until(told: readonly FileReport[]): Until {
  return async (state) => {
    for (let turns = 0; turns < turnsMax; turns++) {
      const found = told.at(-1);
      if (found?.state === state) return found;
      await turn();
    }
    throw new Error(`${told.at(-1)?.state ?? 'nothing'} instead of ${state}`);
  };
}
