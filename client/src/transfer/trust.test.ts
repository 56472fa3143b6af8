import { readFileSync } from 'node:fs';
import { beforeEach, describe, expect, it } from 'vitest';
import { fromBase64url, toBase64url } from '../protocol/base64url';
import type { KnownMachines } from '../protocol/ports';
import type { DirectEndpoint } from '../protocol/shapes';
import { certificatesText, helloText, trustedHashes } from './trust';

const vector = JSON.parse(
  readFileSync(
    new URL('../../../tests/vectors/webtransport/endpoint.json', import.meta.url),
    'utf8',
  ),
) as { signed_text: string; endpoint: DirectEndpoint };
const { endpoint } = vector;

let kept: Map<string, string>;
const known: KnownMachines = {
  key: (id) => Promise.resolve(kept.get(id) ?? null),
  remember: (id, key) => Promise.resolve(void kept.set(id, key)),
  forget: (id) => Promise.resolve(void kept.delete(id)),
};
beforeEach(() => {
  kept = new Map();
});

describe('the certificates of a machine', () => {
  it('are signed over the text of the golden vector', () => {
    const text = certificatesText(endpoint.cert_sha256);
    expect(Buffer.from(text).toString('hex')).toBe(vector.signed_text);
  });

  it('count when its key signed them, and the key is remembered', async () => {
    const hashes = await trustedHashes('pc', endpoint, known);
    expect(hashes.map((hash) => Buffer.from(hash).toString('hex'))).toEqual(endpoint.cert_sha256);
    expect(kept.get('pc')).toBe(endpoint.public_key);
    await trustedHashes('pc', endpoint, known);
  });

  const [first = '', second = ''] = endpoint.cert_sha256;
  it.each<[string, Partial<DirectEndpoint>]>([
    ['in another order', { cert_sha256: [second, first] }],
    ['with one left out', { cert_sha256: [first] }],
    ['with another one', { cert_sha256: [first, first] }],
    ['without any', { cert_sha256: [] }],
    ['with three', { cert_sha256: [first, second, first] }],
    ['in upper case', { cert_sha256: [first.toUpperCase(), second] }],
    ['with no signature', { signature: '' }],
    ['with a broken signature', { signature: endpoint.signature.replace('4', '5') }],
    ['with a key that is none', { public_key: 'AAAA' }],
  ])('do not count %s', async (_, change) => {
    await expect(trustedHashes('pc', { ...endpoint, ...change }, known)).rejects.toMatchObject({
      code: expect.stringMatching(/unsigned|bad_answer/) as string,
    });
    expect(kept.size).toBe(0);
  });

  it('do not count under another key than last time, until that one is forgotten', async () => {
    kept.set('pc', 'another key');
    await expect(trustedHashes('pc', endpoint, known)).rejects.toMatchObject({
      code: 'key_changed',
    });
    expect(kept.get('pc')).toBe('another key');
    await known.forget('pc');
    await trustedHashes('pc', endpoint, known);
  });
});

describe('the text a page signs', () => {
  it('is label, session, nonce and certificate, one behind the other', () => {
    const text = helloText('ses_1', new Uint8Array(32).fill(0xaa), new Uint8Array(32).fill(0xbb));
    expect(Buffer.from(text).toString('latin1')).toBe(
      `mesh-hello/1ses_1${'\xaa'.repeat(32)}${'\xbb'.repeat(32)}`,
    );
  });
});

describe('base64url', () => {
  it('comes back as it went', () => {
    for (let length = 0; length < 70; length++) {
      const bytes = Uint8Array.from({ length }, (_, index) => (index * 37 + length) & 255);
      expect(fromBase64url(toBase64url(bytes))).toEqual(bytes);
    }
  });
  it.each(['A', 'AB=', 'A B', 'A/+A', 'AB', 'AAB'])('"%s" is none', (text) => {
    expect(fromBase64url(text)).toBeNull();
  });
});
