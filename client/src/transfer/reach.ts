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
  /** Null where the browser has no WebTransport. */
  readonly dial: Dial | null;
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
  dial: Dial,
  url: string,
  hashes: readonly Uint8Array<ArrayBuffer>[],
): Promise<Transport> {
  const transport = dial(url, hashes);
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

/** Throws DirectError: no_webtransport, unreachable, permission_denied. */
export async function reach(
  ports: ReachPorts,
  urls: readonly string[],
  hashes: readonly Uint8Array<ArrayBuffer>[],
): Promise<{ transport: Transport; url: string }> {
  const { dial } = ports;
  if (!dial) throw new DirectError('no_webtransport');
  let why = 'the server knows no address';
  for (const url of urls.slice(0, addressesMax)) {
    try {
      return { transport: await tried(ports, dial, url, hashes), url };
    } catch (thrown) {
      why = thrown instanceof Error ? `${url}: ${thrown.message}` : url;
    }
  }
  // Where nobody is asked, what the browser would answer for others says nothing.
  const denied = ports.promptPossible && (await ports.permission()) === 'denied';
  throw new DirectError(denied ? 'permission_denied' : 'unreachable', why);
}
