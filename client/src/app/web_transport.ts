/** WebTransport as the browser has it. */
import type { Permission } from '../transfer/reach';
import type { Datagrams, Dial } from '../transfer/transport';

export const dial: Dial = (url, hashes) => {
  const transport = new WebTransport(url, {
    serverCertificateHashes: hashes.map((value) => ({ algorithm: 'sha-256', value })),
    congestionControl: 'throughput',
  });
  return {
    ready: transport.ready,
    closed: transport.closed,
    incomingUnidirectionalStreams: transport.incomingUnidirectionalStreams,
    createBidirectionalStream: () => transport.createBidirectionalStream(),
    close: () => {
      transport.close();
    },
    get datagrams() {
      return datagramsOf(transport);
    },
  };
};

/** Browsers differ in where the writing side is, and a peer may take none. */
function datagramsOf({ datagrams }: WebTransport): Datagrams | null {
  const found = datagrams as Partial<WebTransportDatagramDuplexStream> & {
    createWritable?(): WritableStream<Uint8Array>;
  };
  const { readable, maxDatagramSize } = found;
  if (!readable || maxDatagramSize === 0) return null;
  const writable = found.writable ?? found.createWritable?.();
  return writable ? { readable, writable } : null;
}

/** Browsers differ in what they call it; those that do not ask at all know none of the names. */
const names = ['local-network-access', 'local-network', 'loopback-network'];

export const localAddresses: Permission = async () => {
  const states: PermissionState[] = [];
  for (const name of names) {
    try {
      const { state } = await navigator.permissions.query({ name: name as PermissionName });
      states.push(state);
    } catch {
      // not a name of this browser
    }
  }
  if (states.includes('denied')) return 'denied';
  return states.includes('prompt') ? 'prompt' : 'granted';
};

/** A page of one's own network reaches its machines without being asked (Local Network Access). */
export function isLocalName(host: string): boolean {
  return (
    /^(?:localhost|\[::1\]|\[f[cd].*\]|127\..*|10\..*|192\.168\..*|172\.(?:1[6-9]|2\d|3[01])\..*)$/.test(
      host,
    ) || /\.(?:local|localhost|home\.arpa)$/.test(host)
  );
}
