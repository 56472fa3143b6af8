/** This browser profile's device key: P-256, made by WebCrypto, not extractable, kept in IndexedDB. */
import { toBase64url } from '../protocol/base64url';
import type { DeviceIdentity, DeviceVault } from '../protocol/ports';
import { describeAgent } from '../model/user_agent';

interface Entry {
  readonly device_id: string;
  readonly name: string;
  readonly keys: CryptoKeyPair;
}

const algorithm = { name: 'ECDSA', namedCurve: 'P-256' } as const;
const table = 'identities';

function asked<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => {
      resolve(request.result);
    };
    request.onerror = () => {
      reject(request.error ?? new Error('IndexedDB failed'));
    };
  });
}

function database(): Promise<IDBDatabase> {
  const request = indexedDB.open('mesh', 1);
  request.onupgradeneeded = () => {
    request.result.createObjectStore(table);
  };
  return asked(request);
}

async function inTable<T>(
  mode: IDBTransactionMode,
  work: (store: IDBObjectStore) => IDBRequest<T>,
): Promise<T> {
  const db = await database();
  try {
    return await asked(work(db.transaction(table, mode).objectStore(table)));
  } finally {
    db.close();
  }
}

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

async function identity({ device_id, name, keys }: Entry): Promise<DeviceIdentity> {
  const spki = await crypto.subtle.exportKey('spki', keys.publicKey);
  return {
    device_id,
    name,
    public_key: toBase64url(new Uint8Array(spki)),
    sign: async (text) => {
      const bytes = new TextEncoder().encode(text);
      const hashed = { name: 'ECDSA', hash: 'SHA-256' };
      return toBase64url(new Uint8Array(await crypto.subtle.sign(hashed, keys.privateKey, bytes)));
    },
  };
}

export const vault: DeviceVault = {
  open: async (userId) => {
    const known = await inTable<Entry | undefined>('readonly', (store) => store.get(userId));
    if (known) return identity(known);
    const entry = await made();
    await inTable('readwrite', (store) => store.put(entry, userId));
    return identity(entry);
  },
  forget: async (userId) => {
    await inTable('readwrite', (store) => store.delete(userId));
  },
};
