/** A small world to look at: three people, rooms with a past, machines. Made through the public interface. */
import type { Page } from 'playwright-core';
import { AskingAgent, post } from './agent.ts';

const words: readonly (readonly [string, string])[] = [
  ['ana', 'Morning! The new relay is on the shelf, 2.5G and silent.'],
  ['ben', 'Nice. I moved the photos over night, 1.2 TB, every hash is right.'],
  ['ben', 'Direct path the whole time, 284 MB/s.'],
  ['ana', 'I will share a terminal at ten to look at the backup job.\nBring the log, please.'],
  ['chloe', 'Here it is: https://example.org/backup/2026-11-20.log'],
  [
    'chloe',
    'The job stops at this line:\n```\nrsync: write failed on "/srv/pool/family": No space left on device (28)\n```',
  ],
  ['ben', 'Then `zfs list` first. I free some room now.'],
  ['ana', 'Thank you both. Lunch is on me.'],
];

export const password = 'correct horse';

export interface World {
  readonly roomId: string;
  readonly emptyRoomId: string;
  readonly inviteCode: string;
  /** For guests without an account, as often as pictures are taken. */
  readonly guestCode: string;
  readonly directRoomId: string;
}

type Body = Record<string, unknown>;

async function asked(url: string, path: string, body: object, token?: string): Promise<Body> {
  const answer = await post(url, path, body, token);
  if (answer.status > 299) throw new Error(`${path}: ${JSON.stringify(answer.body)}`);
  return answer.body;
}

const inner = (body: Body, name: string) => body[name] as Body;

export async function makeWorld(url: string): Promise<World> {
  const tokens = new Map<string, string>();
  for (const username of ['ana', 'ben', 'chloe']) {
    const body = await asked(url, '/api/auth/register', { username, password });
    tokens.set(username, String(body.access_token));
  }
  const ana = tokens.get('ana');
  const create = async (name: string) =>
    String(inner(await asked(url, '/api/rooms', { name }, ana), 'room').id);
  const roomId = await create('Workshop');
  const emptyRoomId = await create('Release 2');
  await create('Family');
  const invite = async () =>
    String(
      inner(
        await asked(url, `/api/rooms/${roomId}/invitations`, { role: 'member' }, ana),
        'invitation',
      ).code,
    );
  for (const guest of ['ben', 'chloe']) {
    await asked(url, `/api/invitations/${await invite()}/accept`, {}, tokens.get(guest));
  }
  for (const [index, [who, text]] of words.entries()) {
    const client_id = `world-${String(index)}`;
    await asked(url, `/api/rooms/${roomId}/messages`, { text, client_id }, tokens.get(who));
  }
  for (const [id, name] of [
    ['ana-desktop', 'Desktop in the workshop'],
    ['ana-nas', 'NAS'],
  ] as const) {
    const agent = await AskingAgent.ask(url, id, name);
    const answer = { user_code: agent.userCode, approve: true };
    await asked(url, '/api/auth/device/confirm', answer, ana);
    await agent.outcome();
  }
  const direct = await asked(url, '/api/direct', { username: 'ben' }, ana);
  const directRoomId = String(inner(direct, 'room').id);
  for (const [who, text] of [
    ['ben', 'Did the *second* disk arrive?\n> 4 TB, the quiet one'],
    ['ana', '**Yes**, this morning. ~~Tomorrow~~ Tonight I put it in.'],
  ] as const) {
    const path = `/api/rooms/${directRoomId}/messages`;
    await asked(url, path, { text, client_id: `direct-${who}` }, tokens.get(who));
  }
  const guests = { role: 'guest', max_uses: 20 };
  const forGuests = await asked(url, `/api/rooms/${emptyRoomId}/invitations`, guests, ana);
  const guestCode = String(inner(forGuests, 'invitation').code);
  return {
    roomId,
    emptyRoomId,
    inviteCode: await invite(),
    guestCode,
    directRoomId,
  };
}

/** The code of a machine that waits for ana's word; it is good for ten minutes. */
export async function askToBeLetIn(url: string): Promise<string> {
  return (await AskingAgent.ask(url, 'ana-laptop', 'Ana’s laptop')).userCode;
}

/** Signs in by the form, whatever the language. */
export async function signIn(page: Page, url: string, username: string): Promise<void> {
  await page.goto(url);
  await page.locator('input[name="username"]').fill(username);
  await page.locator('input[name="password"]').fill(password);
  await page.locator('button[type="submit"]').click();
  await page.locator('nav').first().waitFor({ state: 'attached' });
}
