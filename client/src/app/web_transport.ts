/** WebTransport as the browser has it. */
import type { Permission } from '../transfer/reach';
import type { Dial } from '../transfer/transport';

export const dial: Dial = (url, hashes) =>
  new WebTransport(url, {
    serverCertificateHashes: hashes.map((value) => ({ algorithm: 'sha-256', value })),
    congestionControl: 'throughput',
  });

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
