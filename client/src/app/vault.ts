/** This browser profile's device key: P-256, made by WebCrypto, not extractable, kept in IndexedDB. */
import { toBase64url } from '../protocol/base64url';
import type { DeviceIdentity, DeviceVault } from '../protocol/ports';
import { identities, inTable } from './database';
import { describeAgent } from '../model/user_agent';

interface Entry {
  readonly device_id: string;
  readonly name: string;
  readonly keys: CryptoKeyPair;
}

const algorithm = { name: 'ECDSA', namedCurve: 'P-256' } as const;

/** "firefox-linux-3f9c21": readable, and unique on the server. */
function freshName(): { device_id: string; name: string } {
  const name = describeAgent(navigator.userAgent) ?? 'Browser';
  const bytes = crypto.getRandomValues(new Uint8Array(4));
  const tail = [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  const stem = name.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-');
  return { device_id: `${stem}-${tail}`, name };
}

async function made(): Promise<Entry> {
  const keys = await crypto.subtle.generateKey(algorithm, false, ['sign', 'verify']);
  return { ...freshName(), keys };
}

async function signed(keys: CryptoKeyPair, bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const hashed = { name: 'ECDSA', hash: 'SHA-256' };
  return toBase64url(new Uint8Array(await crypto.subtle.sign(hashed, keys.privateKey, bytes)));
}

async function identity({ device_id, name, keys }: Entry): Promise<DeviceIdentity> {
  const spki = await crypto.subtle.exportKey('spki', keys.publicKey);
  return {
    device_id,
    name,
    public_key: toBase64url(new Uint8Array(spki)),
    sign: (text) => signed(keys, new TextEncoder().encode(text)),
    signBytes: (bytes) => signed(keys, bytes),
  };
}

export const vault: DeviceVault = {
  open: async (userId) => {
    const known = await inTable<Entry | undefined>(identities, 'readonly', (store) =>
      store.get(userId),
    );
    if (known) return identity(known);
    const entry = await made();
    await inTable(identities, 'readwrite', (store) => store.put(entry, userId));
    return identity(entry);
  },
  forget: async (userId) => {
    await inTable(identities, 'readwrite', (store) => store.delete(userId));
  },
};
