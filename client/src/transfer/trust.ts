/** Whom a page talks to: certificates that the machine's key signed, and the proof of the page's own key. */
import type { DeviceIdentity, KnownMachines } from '../protocol/ports';
import { fromBase64url } from '../protocol/base64url';
import type { DirectEndpoint } from '../protocol/shapes';
import { DirectError } from './direct_error';

const ascii = new TextEncoder();

export function fromHex(hex: string): Uint8Array<ArrayBuffer> {
  if (!/^(?:[0-9a-f]{2})*$/.test(hex)) throw new DirectError('bad_answer', 'not lower-case hex');
  return Uint8Array.from(hex.match(/../g) ?? [], (byte) => Number.parseInt(byte, 16));
}

export function joined(...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

/** What the machine signs over its certificates. */
export function certificatesText(hashes: readonly string[]): Uint8Array<ArrayBuffer> {
  return joined(ascii.encode('mesh-webtransport/1'), ...hashes.map(fromHex));
}

/** What the page signs in P2P_HELLO. */
export function helloText(
  sessionId: string,
  nonce: Uint8Array,
  certificate: Uint8Array,
): Uint8Array<ArrayBuffer> {
  return joined(ascii.encode('mesh-hello/1'), ascii.encode(sessionId), nonce, certificate);
}

export function helloProof(
  identity: DeviceIdentity,
  sessionId: string,
  nonce: Uint8Array,
  certificate: Uint8Array,
): Promise<string> {
  return identity.signBytes(helloText(sessionId, nonce, certificate));
}

async function isSigned(endpoint: DirectEndpoint): Promise<boolean> {
  const key = fromBase64url(endpoint.public_key);
  const signature = fromBase64url(endpoint.signature);
  if (!key || !signature) return false;
  try {
    const imported = await crypto.subtle.importKey('spki', key, 'Ed25519', false, ['verify']);
    const text = certificatesText(endpoint.cert_sha256);
    return await crypto.subtle.verify('Ed25519', imported, signature, text);
  } catch {
    return false;
  }
}

/** The first key of a machine is remembered, another one later is refused. Throws DirectError key_changed. */
export async function trustedKey(
  machine: string,
  key: string,
  known: KnownMachines,
): Promise<void> {
  const remembered = await known.key(machine);
  if (remembered === null) await known.remember(machine, key);
  else if (remembered !== key) throw new DirectError('key_changed');
}

/**
 * The hashes to expect, once the key that signed them is the one this browser remembers of the machine; the first key is
 * remembered. Throws DirectError: unsigned, key_changed.
 */
export async function trustedHashes(
  machine: string,
  endpoint: DirectEndpoint,
  known: KnownMachines,
): Promise<readonly Uint8Array<ArrayBuffer>[]> {
  const count = endpoint.cert_sha256.length;
  if (count < 1 || count > 2 || endpoint.cert_sha256.some((hash) => hash.length !== 64))
    throw new DirectError('unsigned', 'one or two hashes of certificates are expected');
  if (!(await isSigned(endpoint))) throw new DirectError('unsigned');
  await trustedKey(machine, endpoint.public_key, known);
  return endpoint.cert_sha256.map(fromHex);
}
