import { describe, expect, it } from 'vitest';
import { FakeServer } from '../testing/fakes';
import { toBase64url } from './base64url';
import { Rest } from './rest';

function stage(path: string, answer: Parameters<FakeServer['answers']['set']>[1]) {
  const server = new FakeServer();
  server.answers.set(path, answer);
  return { server, rest: new Rest(server.http) };
}

describe('errors', () => {
  const rooms = 'GET /api/rooms';
  it.each([
    [
      'the server’s own',
      { status: 422, body: { error: { code: 'field_missing', message: 'no', field: 'name' } } },
      { code: 'field_missing', status: 422, field: 'name' },
    ],
    [
      'with a time to wait',
      {
        status: 429,
        body: { error: { code: 'rate_limited', message: 'no' } },
        headers: { 'Retry-After': '7' },
      },
      { code: 'rate_limited', retryAfterSeconds: 7 },
    ],
    ['of a proxy', { status: 502, body: 'Bad gateway' }, { code: 'offline', status: 502 }],
    ['without a body', { status: 401 }, { code: 'unauthorized' }],
    ['of no kind we know', { status: 418 }, { code: 'server_error', status: 418 }],
    ['no answer', 'no answer', { code: 'offline', status: 0 }],
    ['an answer of another shape', { body: { rooms: [{ id: 1 }] } }, { code: 'bad_answer' }],
  ] as const)('%s', async (_name, answer, wanted) => {
    await expect(stage(rooms, answer).rest.rooms()).rejects.toMatchObject(wanted);
  });

  it('names the part of a wrong answer', async () => {
    const { rest } = stage(rooms, { body: { rooms: [{ id: 1 }] } });
    await expect(rest.rooms()).rejects.toThrow('rooms[0].id: text expected');
  });
});

describe('requests', () => {
  it('writes carry the header that a foreign page cannot set', async () => {
    const { rest, server } = stage('DELETE /api/devices/a%2Fb', { status: 204 });
    await rest.revokeDevice('a/b');
    await rest.createRoom('x').catch(() => undefined);
    await rest.rooms().catch(() => undefined);
    expect(server.asked.map((it) => it.headers['X-Mesh'])).toEqual(['1', '1', undefined]);
  });

  it('an invitation is sent only when there is one', async () => {
    const { rest, server } = stage('', {});
    await rest.register('ana', 'pw').catch(() => undefined);
    await rest.register('ana', 'pw', 'code').catch(() => undefined);
    const bodies = server.asked.map((it) => JSON.parse(it.body ?? '') as object);
    expect(bodies).toEqual([
      { username: 'ana', password: 'pw' },
      { username: 'ana', password: 'pw', invitation: 'code' },
    ]);
  });
});

it('base64url agrees with Node’s for every length', () => {
  for (let length = 0; length < 70; length++) {
    const bytes = Uint8Array.from({ length }, (_, index) => (index * 73 + length * 151) & 255);
    expect(toBase64url(bytes)).toBe(Buffer.from(bytes).toString('base64url'));
  }
});
