/** Messages that the relay cannot read, a key for each direction: u64 counter, then AES-128-GCM (contract, section 6b). */
import { DirectError } from './direct_error';

type Bytes = Uint8Array<ArrayBuffer>;

const counterBytes = 8;
const tagBytes = 16;

function nonceOf(counter: number): Bytes {
  const nonce = new Uint8Array(12);
  new DataView(nonce.buffer).setBigUint64(4, BigInt(counter));
  return nonce;
}

export class Sealer {
  readonly #key: CryptoKey;
  #counter = 0;

  constructor(key: CryptoKey) {
    this.#key = key;
  }

  /** Counted when called, however long it takes. */
  async seal(text: Bytes): Promise<Bytes> {
    const counter = this.#counter++;
    const iv = nonceOf(counter);
    const sealed = await crypto.subtle.encrypt({ name: 'AES-GCM', iv }, this.#key, text);
    const message = new Uint8Array(counterBytes + sealed.byteLength);
    message.set(iv.subarray(4));
    message.set(new Uint8Array(sealed), counterBytes);
    return message;
  }
}

export class Opener {
  readonly #key: CryptoKey;
  #counter = 0;

  constructor(key: CryptoKey) {
    this.#key = key;
  }

  /** Each message once and in its order. Throws DirectError relay_tampered. */
  async open(message: Bytes): Promise<Bytes> {
    const counter = this.#counter++;
    const said = new DataView(message.buffer, message.byteOffset, message.byteLength);
    if (message.length < counterBytes + tagBytes || said.getBigUint64(0) !== BigInt(counter))
      throw new DirectError('relay_tampered', 'the relay lost, repeated or mixed up a message');
    try {
      const iv = nonceOf(counter);
      const sealed = message.subarray(counterBytes);
      return new Uint8Array(
        await crypto.subtle.decrypt({ name: 'AES-GCM', iv }, this.#key, sealed),
      );
    } catch {
      throw new DirectError('relay_tampered', 'the relay changed a message');
    }
  }
}
