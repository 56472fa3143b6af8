/** A machine of ana's with a real key that says something false about the certificates to expect. */
import { generateKeyPairSync, sign, type KeyObject } from 'node:crypto';
import { post } from './agent.ts';

const label = Buffer.from('mesh-webtransport/1');

function vouched(hashes: readonly string[], key: KeyObject) {
  const text = Buffer.concat([label, ...hashes.map((hash) => Buffer.from(hash, 'hex'))]);
  return {
    cert_sha256: hashes,
    signature: sign(null, text, key).toString('base64url'),
  };
}

interface Said {
  readonly type: string;
  readonly id?: string;
  readonly payload: { readonly code?: string; readonly field?: string };
}

export class FalseAgent {
  readonly #socket: WebSocket;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
  }

  /** Online with well signed hashes of certificates that nobody has, at the port of somebody else. */
  static async connect(
    url: string,
    id: string,
    password: string,
    port: number,
  ): Promise<FalseAgent> {
    const { socket, greeted } = await hello(url, id, password, port, false);
    if (greeted.type !== 'system.welcome') throw new Error(JSON.stringify(greeted));
    socket.addEventListener('message', ({ data }) => {
      const event = JSON.parse(String(data)) as Said;
      if (event.type === 'p2p.session.created')
        socket.send(
          JSON.stringify({
            type: 'system.ack',
            payload: { event_id: event.id },
          }),
        );
    });
    return new FalseAgent(socket);
  }

  /** The field that the server refuses when another key than the device's signs. */
  static async refusal(url: string, id: string, password: string): Promise<string> {
    const { socket, greeted } = await hello(url, id, password, 5000, true);
    socket.close();
    return greeted.payload.field ?? greeted.type;
  }

  end(): void {
    this.#socket.close();
  }
}

async function hello(url: string, id: string, password: string, port: number, forged: boolean) {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const login = await post(url, '/api/auth/login', {
    username: 'ana',
    password,
  });
  const code = await post(url, '/api/devices/enroll-code', {}, String(login.body.access_token));
  const challenge = await post(url, '/api/auth/challenge', {});
  const enrolled = await enrol(url, id, String(code.body.code), String(challenge.body.nonce), {
    publicKey,
    privateKey,
  });
  const signer = forged ? generateKeyPairSync('ed25519').privateKey : privateKey;
  const socket = new WebSocket(`${url.replace('http', 'ws')}/ws?token=${enrolled}`);
  const greeted = await new Promise<Said>((done, fail) => {
    socket.onerror = () => {
      fail(new Error('no socket'));
    };
    socket.onopen = () => {
      const webtransport = vouched(['ab'.repeat(32), 'cd'.repeat(32)], signer);
      const payload = {
        device_id: id,
        kind: 'agent',
        quic_port: port,
        webtransport,
      };
      socket.send(JSON.stringify({ type: 'system.hello', payload }));
    };
    socket.onmessage = ({ data }) => {
      done(JSON.parse(String(data)) as Said);
    };
  });
  socket.onmessage = null;
  return { socket, greeted };
}

/** The access token of the machine. */
async function enrol(
  url: string,
  id: string,
  code: string,
  nonce: string,
  { publicKey, privateKey }: { publicKey: KeyObject; privateKey: KeyObject },
): Promise<string> {
  const text = `mesh-enroll/1\n${nonce}\n${code}\n${id}`;
  const { status, body } = await post(url, '/api/auth/enroll', {
    code,
    device_id: id,
    kind: 'agent',
    public_key: publicKey.export({ type: 'spki', format: 'der' }).toString('base64url'),
    nonce,
    signature: sign(null, Buffer.from(text), privateKey).toString('base64url'),
  });
  if (status > 299) throw new Error(`enroll answered ${JSON.stringify(body)}`);
  return String(body.access_token);
}
