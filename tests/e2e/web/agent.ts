/** A machine that asks to be signed in with a code, as mesh-agent does (RFC 8628), with a real Ed25519 key. */
import { generateKeyPairSync, sign, type KeyObject } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';

export class AskingAgent {
  readonly userCode: string;
  readonly #url: string;
  readonly #deviceId: string;
  readonly #deviceCode: string;
  readonly #intervalSeconds: number;
  readonly #key: KeyObject;

  private constructor(url: string, deviceId: string, codes: Codes, key: KeyObject) {
    this.#url = url;
    this.#deviceId = deviceId;
    this.userCode = codes.user_code;
    this.#deviceCode = codes.device_code;
    this.#intervalSeconds = codes.interval;
    this.#key = key;
  }

  static async ask(url: string, deviceId: string, name: string): Promise<AskingAgent> {
    const { publicKey, privateKey } = generateKeyPairSync('ed25519');
    const spki = publicKey.export({ type: 'spki', format: 'der' }).toString('base64url');
    const { status, body } = await post(url, '/api/auth/device/start', {
      device_id: deviceId,
      name,
      kind: 'agent',
      public_key: spki,
    });
    if (status !== 200) throw new Error(`device/start answered ${String(status)}`);
    return new AskingAgent(url, deviceId, body as unknown as Codes, privateKey);
  }

  /** What the server answers now: "signed in", or the code of its refusal. */
  async state(): Promise<string> {
    const text = `mesh-device-code/1\n${this.#deviceCode}\n${this.#deviceId}`;
    const signature = sign(null, Buffer.from(text), this.#key).toString('base64url');
    const { status, body } = await post(this.#url, '/api/auth/device/token', {
      device_code: this.#deviceCode,
      signature,
    });
    if (status === 200 && typeof body.access_token === 'string') return 'signed in';
    return (body.error as { code: string }).code;
  }

  /** Asks at the interval that the server set, until the question is answered. */
  async outcome(): Promise<string> {
    for (;;) {
      await pause(this.#intervalSeconds * 1000);
      const state = await this.state();
      if (state !== 'authorization_pending' && state !== 'slow_down') return state;
    }
  }
}

interface Codes {
  readonly user_code: string;
  readonly device_code: string;
  readonly interval: number;
}

/** As a program, not a page: no Origin, so tokens come in the body. */
export async function post(
  url: string,
  path: string,
  body: object,
  token?: string,
): Promise<{ status: number; body: Record<string, unknown> }> {
  const answer = await fetch(url + path, {
    method: 'POST',
    headers: {
      'Content-Type': 'application/json',
      ...(token === undefined ? {} : { Authorization: `Bearer ${token}` }),
    },
    body: JSON.stringify(body),
  });
  const text = await answer.text();
  return {
    status: answer.status,
    body: (text === '' ? {} : JSON.parse(text)) as Record<string, unknown>,
  };
}
