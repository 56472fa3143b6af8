import { readFileSync } from 'node:fs';
import { createECDH, createPublicKey, type JsonWebKey } from 'node:crypto';
import { describe, expect, it, vi } from 'vitest';
import { toBase64url } from '../protocol/base64url';
import { endpoint, turn } from '../testing/direct_stage';
import { frameKind, numberBody, readRelayFrame, relayFrame } from './relay_frame';
import { RelayGreeting, relayKeys, relayText } from './relay_keys';
import { RelayLane, windowBytes } from './relay_lane';
import { Opener, Sealer } from './relay_seal';

vi.setConfig({ testTimeout: 60_000 });

type Vector = Readonly<
  Record<
    | 'session_id'
    | 'token'
    | 'device_public_key'
    | 'page_public_key'
    | 'initiator_private'
    | 'signed_text'
    | 'opening'
    | 'answer'
    | 'proof'
    | 'common'
    | 'to_target'
    | 'to_initiator',
    string
  > & {
    challenge: { nonce: string; certificate_sha256: string };
    messages: { to: 'target' | 'initiator'; frame: string; message: string }[];
  }
>;
const vector = JSON.parse(
  readFileSync(new URL('../../../tests/vectors/relay/connection.json', import.meta.url), 'utf8'),
) as Vector;
const fromHex = (hex: string) => Uint8Array.from(Buffer.from(hex, 'hex'));
const toHex = (them: Uint8Array) => Buffer.from(them).toString('hex');

async function initiator(): Promise<CryptoKeyPair> {
  const ecdh = createECDH('prime256v1');
  ecdh.setPrivateKey(Buffer.from(vector.initiator_private, 'hex'));
  const point = ecdh.getPublicKey();
  const jwk: JsonWebKey = {
    kty: 'EC',
    crv: 'P-256',
    x: point.subarray(1, 33).toString('base64url'),
    y: point.subarray(33).toString('base64url'),
  };
  createPublicKey({ key: jwk, format: 'jwk' }); // on the curve
  const curve = { name: 'ECDH', namedCurve: 'P-256' };
  const d = ecdh.getPrivateKey().toString('base64url');
  return {
    publicKey: await crypto.subtle.importKey('jwk', jwk, curve, true, []),
    privateKey: await crypto.subtle.importKey('jwk', { ...jwk, d }, curve, false, ['deriveBits']),
  };
}

const identity = {
  device_id: 'browser',
  name: 'Browser',
  public_key: vector.page_public_key,
  sign: () => Promise.reject(new Error('only bytes are signed here')),
  signBytes: () => Promise.resolve(toBase64url(fromHex(vector.proof).subarray(91))),
};
const session = { session_id: vector.session_id, session_token: vector.token };

describe('the greeting at the relay', () => {
  it('is that of the golden vector', async () => {
    const greeting = await RelayGreeting.of(await initiator());
    expect(toHex(greeting.opening)).toBe(vector.opening);
    const answer = fromHex(vector.answer);
    const text = relayText(vector.session_id, greeting.opening, answer.subarray(0, 65));
    expect(toHex(text)).toBe(vector.signed_text);
    const { proof, keys } = await greeting.finish(
      answer,
      session,
      vector.device_public_key,
      identity,
    );
    expect(toHex(proof)).toBe(vector.proof);
    expect(toHex(keys.nonce)).toBe(vector.challenge.nonce);
    expect(toHex(keys.certificate)).toBe(vector.challenge.certificate_sha256);
    const there = new Sealer(keys.toTarget);
    const back = new Opener(keys.toInitiator);
    for (const { to, frame, message } of vector.messages) {
      const inside = fromHex(frame);
      const { kind, stream, body } = readRelayFrame(inside);
      expect(relayFrame(kind, stream, body)).toEqual(inside);
      if (to === 'target') expect(toHex(await there.seal(inside))).toBe(message);
      else expect(await back.open(fromHex(message))).toEqual(inside);
    }
  });

  it.each([
    ['the key of the exchange', (answer: Uint8Array) => void (answer[40] = (answer[40] ?? 0) ^ 1)],
    ['the signature', (answer: Uint8Array) => void (answer[100] = (answer[100] ?? 0) ^ 1)],
  ])('ends when somebody between changed %s', async (_, change) => {
    const greeting = await RelayGreeting.of(await initiator());
    const answer = fromHex(vector.answer);
    change(answer);
    await expect(
      greeting.finish(answer, session, vector.device_public_key, identity),
    ).rejects.toMatchObject({ code: 'relay_tampered' });
  });

  it('ends when another machine answers', async () => {
    const greeting = await RelayGreeting.of(await initiator());
    await expect(
      greeting.finish(fromHex(vector.answer), session, endpoint.public_key, identity),
    ).rejects.toMatchObject({ code: 'relay_tampered' });
  });

  it('ends when the machine answers to another key than ours', async () => {
    const greeting = await RelayGreeting.begin();
    await expect(
      greeting.finish(fromHex(vector.answer), session, vector.device_public_key, identity),
    ).rejects.toMatchObject({ code: 'relay_tampered' });
  });
});

describe('a sealed message', () => {
  it('counts once, in its turn and unchanged', async () => {
    const { toInitiator } = await relayKeys(fromHex(vector.common).buffer, vector.token);
    const first = fromHex(vector.messages.find(({ to }) => to === 'initiator')?.message ?? '');
    const changed = first.slice();
    changed[20] = (changed[20] ?? 0) ^ 1;
    for (const bad of [changed, first.slice(0, -1), new Uint8Array(23)])
      await expect(new Opener(toInitiator).open(bad)).rejects.toMatchObject({
        code: 'relay_tampered',
      });
    const opener = new Opener(toInitiator);
    await opener.open(first);
    await expect(opener.open(first)).rejects.toMatchObject({ code: 'relay_tampered' });
  });
});

describe('a frame', () => {
  it.each<[string, Uint8Array]>([
    ['nothing', new Uint8Array(0)],
    ['half a head', new Uint8Array(4)],
    ['kind zero', new Uint8Array(5)],
    ['an unknown kind', Uint8Array.of(6, 0, 0, 0, 0)],
    ['no content', relayFrame(frameKind.data, 0)],
    ['too much of it', relayFrame(frameKind.data, 0, new Uint8Array(16_385))],
    ['an end with content', relayFrame(frameKind.fin, 0, new Uint8Array(1))],
    ['credit that is no number', relayFrame(frameKind.credit, 0, new Uint8Array(3))],
  ])('is none: %s', (_, message) => {
    expect(() => readRelayFrame(message)).toThrow();
  });
});

describe('a stream through the relay', () => {
  it('sends no more than it has credit for', async () => {
    let sent = 0;
    const lane = new RelayLane(
      0,
      (kind, _, body) => void (kind === frameKind.data && (sent += body?.length ?? 0)),
      () => undefined,
    );
    const writing = lane.pipe.writable.getWriter().write(new Uint8Array(windowBytes + 10));
    await turn();
    expect(sent).toBe(windowBytes);
    lane.credit(10);
    await writing;
    expect(sent).toBe(windowBytes + 10);
  });

  it('gives room back as it is read, and takes no more than there is', async () => {
    const credits: number[] = [];
    const lane = new RelayLane(
      0,
      (kind, _, body) =>
        void (kind === frameKind.credit && credits.push(Buffer.from(body ?? []).readUInt32BE(0))),
      () => undefined,
    );
    const reader = lane.pipe.readable.getReader();
    for (let at = 0; at < windowBytes; at += 16_384)
      expect(lane.data(new Uint8Array(16_384))).toBe(true);
    expect(lane.data(new Uint8Array(1))).toBe(false);
    for (let at = 0; at < windowBytes; at += 16_384) await reader.read();
    expect(credits.reduce((sum, it) => sum + it, 0)).toBe(windowBytes);
    expect(lane.data(new Uint8Array(1))).toBe(true);
    lane.end();
    expect((await reader.read()).value?.length).toBe(1);
    expect((await reader.read()).done).toBe(true);
  });

  it('ends with what is wrong', async () => {
    const lane = new RelayLane(
      0,
      () => undefined,
      () => undefined,
    );
    const reading = lane.pipe.readable.getReader().read();
    const writer = lane.pipe.writable.getWriter();
    writer.closed.catch(() => undefined);
    lane.broke(new Error('gone'));
    await expect(reading).rejects.toThrow('gone');
    await expect(writer.write(new Uint8Array(1))).rejects.toThrow('gone');
    expect(numberBody(258)).toEqual(Uint8Array.of(0, 0, 1, 2));
  });
});
