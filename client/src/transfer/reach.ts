/** Finds the first address of a machine that answers with one of its certificates. */
import type { Clock } from '../protocol/ports';
import { DirectError } from './direct_error';
import type { Dial, Transport } from './transport';
import { within } from './within';

/** Browsers slow down every attempt after failures, so there are few. */
const addressesMax = 3;
const oneMilliseconds = 5_000;
const personMilliseconds = 60_000;

/** What the browser says of local addresses: 'prompt' before anybody decided. */
export type Permission = () => Promise<'granted' | 'prompt' | 'denied'>;

export interface ReachPorts {
  readonly dial: Dial;
  readonly clock: Clock;
  readonly permission: Permission;
  /** The browser may ask the person before it connects to a local address. */
  readonly promptPossible: boolean;
  /** The browser may be asking just now. */
  readonly asking: () => void;
  /** Of one address; a person who waits is told soon when there is none. */
  readonly patienceMilliseconds?: number;
}

async function tried(
  ports: ReachPorts,
  url: string,
  hashes: readonly Uint8Array<ArrayBuffer>[],
): Promise<Transport> {
  const transport = ports.dial(url, hashes);
  transport.closed.catch(() => undefined);
  const patience = ports.patienceMilliseconds ?? oneMilliseconds;
  const late = () => new DirectError('unreachable', `${url}: no answer`);
  try {
    await within(ports.clock, patience, transport.ready, late);
  } catch (thrown) {
    const silent = thrown instanceof DirectError && ports.promptPossible;
    if (!silent || (await ports.permission()) !== 'prompt') {
      transport.close();
      throw thrown;
    }
    ports.asking();
    try {
      await within(ports.clock, personMilliseconds, transport.ready, late);
    } catch (again) {
      transport.close();
      throw again;
    }
  }
  return transport;
}

/** Throws DirectError: unreachable, permission_denied. */
export async function reach(
  ports: ReachPorts,
  urls: readonly string[],
  hashes: readonly Uint8Array<ArrayBuffer>[],
): Promise<{ transport: Transport; url: string }> {
  let why = 'the server knows no address';
  for (const url of urls.slice(0, addressesMax)) {
    try {
      return { transport: await tried(ports, url, hashes), url };
    } catch (thrown) {
      why = thrown instanceof Error ? `${url}: ${thrown.message}` : url;
    }
  }
  // Where nobody is asked, what the browser would answer for others says nothing.
  const denied = ports.promptPossible && (await ports.permission()) === 'denied';
  throw new DirectError(denied ? 'permission_denied' : 'unreachable', why);
}
