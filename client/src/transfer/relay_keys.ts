/**
 * How a page and a machine agree on keys that the relay between them does not learn (contract, section 6b): each signs both
 * keys of the exchange with the key of its device.
 */
import type { DeviceIdentity } from '../protocol/ports';
import { fromBase64url } from '../protocol/base64url';
import { DirectError } from './direct_error';
import { joined } from './trust';

type Bytes = Uint8Array<ArrayBuffer>;

const pointBytes = 65;
const signatureBytes = 64;
const curve = { name: 'ECDH', namedCurve: 'P-256' };
const ascii = new TextEncoder();

export interface RelayKeys {
  readonly toTarget: CryptoKey;
  readonly toInitiator: CryptoKey;
  /** What P2P_HELLO answers, as the challenge of a direct connection. */
  readonly nonce: Bytes;
  readonly certificate: Bytes;
}

export function relayText(sessionId: string, initiator: Uint8Array, target: Uint8Array): Bytes {
  return joined(ascii.encode('mesh-relay/1'), ascii.encode(sessionId), initiator, target);
}

/** `common`: of the key exchange. */
export async function relayKeys(common: ArrayBuffer, token: string): Promise<RelayKeys> {
  const { subtle } = crypto;
  const secret = await subtle.importKey('raw', common, 'HKDF', false, ['deriveBits']);
  const salt = await subtle.digest('SHA-256', ascii.encode(token));
  const derive = async (info: string, bytes: number) =>
    new Uint8Array(
      await subtle.deriveBits(
        { name: 'HKDF', hash: 'SHA-256', salt, info: ascii.encode(`mesh-relay/1 ${info}`) },
        secret,
        bytes * 8,
      ),
    );
  const key = async (info: string, usage: 'encrypt' | 'decrypt') =>
    subtle.importKey('raw', await derive(info, 16), 'AES-GCM', false, [usage]);
  const challenge = await derive('challenge', 64);
  return {
    toTarget: await key('to target', 'encrypt'),
    toInitiator: await key('to initiator', 'decrypt'),
    nonce: challenge.slice(0, 32),
    certificate: challenge.slice(32),
  };
}

async function isSigned(machineKey: string, text: Bytes, signature: Bytes): Promise<boolean> {
  const spki = fromBase64url(machineKey);
  if (!spki) return false;
  try {
    const key = await crypto.subtle.importKey('spki', spki, 'Ed25519', false, ['verify']);
    return await crypto.subtle.verify('Ed25519', key, signature, text);
  } catch {
    return false;
  }
}

/** The page's side: its first message, then its answer to the machine's. */
export class RelayGreeting {
  readonly opening: Bytes;
  readonly #own: CryptoKey;

  private constructor(opening: Bytes, own: CryptoKey) {
    this.opening = opening;
    this.#own = own;
  }

  static async begin(): Promise<RelayGreeting> {
    return this.of(await crypto.subtle.generateKey(curve, false, ['deriveBits']));
  }

  static async of({ publicKey, privateKey }: CryptoKeyPair): Promise<RelayGreeting> {
    const point = new Uint8Array(await crypto.subtle.exportKey('raw', publicKey));
    return new RelayGreeting(point, privateKey);
  }

  /**
   * `machineKey`: base64url of its SubjectPublicKeyInfo. `proof`: what the machine must hear before anything else. Throws
   * DirectError relay_tampered: somebody between put in another key.
   */
  async finish(
    answer: Bytes,
    session: { readonly session_id: string; readonly session_token: string },
    machineKey: string,
    identity: DeviceIdentity,
  ): Promise<{ proof: Bytes; keys: RelayKeys }> {
    const changed = (what: string) => new DirectError('relay_tampered', what);
    if (answer.length !== pointBytes + signatureBytes) throw changed('an answer of another length');
    const theirs = answer.slice(0, pointBytes);
    const text = relayText(session.session_id, this.opening, theirs);
    if (!(await isSigned(machineKey, text, answer.slice(pointBytes))))
      throw changed('the key of the exchange is not signed by the machine');
    const own = fromBase64url(identity.public_key);
    const signature = fromBase64url(await identity.signBytes(text));
    if (!own || !signature) throw new DirectError('bad_answer', 'this browser has no key');
    const point = await crypto.subtle.importKey('raw', theirs, curve, false, []);
    const common = await crypto.subtle.deriveBits({ name: 'ECDH', public: point }, this.#own, 256);
    return { proof: joined(own, signature), keys: await relayKeys(common, session.session_token) };
  }
}
