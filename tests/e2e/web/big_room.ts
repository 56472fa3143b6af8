/** A server that allows eight people in a room: all of them are there, and the ninth is told that it is full. */
import { post } from './agent.ts';
import { Person } from './browser.ts';
import { enter, password, row, say, type Scene } from './scene.ts';
import { startServer } from './server.ts';
import { expect } from './steps.ts';

const programs = ['chloe', 'dan', 'eva', 'finn', 'gwen', 'hugo'] as const;

/** Somebody with a program of their own: registers with the invitation and stays connected. */
class Member {
  readonly #socket: WebSocket;
  readonly #heard: string[] = [];
  #listening: () => void = () => undefined;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.addEventListener('message', ({ data }) => {
      const event = JSON.parse(String(data)) as {
        type: string;
        payload: { text?: string };
      };
      if (event.type === 'chat.message') this.#heard.push(event.payload.text ?? '');
      this.#listening();
    });
  }

  static async join(url: string, username: string, invitation: string): Promise<Member> {
    const { status, body } = await post(url, '/api/auth/register', {
      username,
      password,
      invitation,
    });
    expect(status === 201, `${username} is let in, not ${String(status)}`);
    const token = encodeURIComponent(String(body.access_token));
    const socket = new WebSocket(`${url.replace('http', 'ws')}/ws?token=${token}`);
    await new Promise((done, fail) => {
      socket.addEventListener('open', done);
      socket.addEventListener('error', fail);
    });
    const member = new Member(socket);
    const welcomed = new Promise((done) => {
      socket.addEventListener('message', done, { once: true });
    });
    socket.send(JSON.stringify({ type: 'system.hello', payload: { kind: 'api' } }));
    await welcomed;
    return member;
  }

  /** Settles when a message of that text has come. */
  hears(text: string): Promise<void> {
    return new Promise((done) => {
      this.#listening = () => {
        if (this.#heard.includes(text)) done();
      };
      this.#listening();
    });
  }

  leave(): Promise<void> {
    return new Promise((done) => {
      if (this.#socket.readyState === WebSocket.CLOSED) {
        done();
        return;
      }
      this.#socket.addEventListener('close', () => {
        done();
      });
      this.#socket.close();
    });
  }
}

export async function bigRoom({ browser, story }: Scene): Promise<void> {
  const server = await startServer(['--room-members-max', '8']);
  const ana = await Person.arrive(browser);
  const ben = await Person.arrive(browser);
  const ninth = await Person.arrive(browser);
  const members: Member[] = [];
  const a = ana.page;
  const b = ben.page;
  let link = '';
  try {
    await story.step('where eight are allowed, ana makes a room and a link for all', async () => {
      await a.goto(`${server.url}/#/register`);
      await enter(a, 'ana', password, 'Create an account');
      await a.getByRole('main').getByRole('button', { name: 'Create a room' }).click();
      await a.getByLabel('Name').fill('Band');
      await a.getByRole('button', { name: 'Create', exact: true }).click();
      await a.getByRole('heading', { name: 'Band', level: 1 }).waitFor();
      await a.getByRole('button', { name: 'People and settings' }).click();
      await a.getByRole('button', { name: 'Invite someone' }).click();
      await a.getByRole('radio', { name: '10 people' }).click();
      await a.getByRole('button', { name: 'Create a link' }).click();
      link = (await a.getByRole('dialog').locator('code').textContent()) ?? '';
      await a.keyboard.press('Escape');
    });
    await story.step('six come by programs of their own and one by the page', async () => {
      const code = link.slice(link.lastIndexOf('/') + 1);
      for (const name of programs) members.push(await Member.join(server.url, name, code));
      await b.goto(link);
      await enter(b, 'ben', password, 'Create an account and join');
      await b.getByRole('heading', { name: 'Band', level: 1 }).waitFor();
      for (const page of [a, b]) await page.getByText('8 people · 8 online').waitFor();
    });
    const panel = a.getByRole('complementary');
    await story.step('the list of people shows all eight, each with how they are', async () => {
      for (const name of ['ana', 'ben', ...programs])
        await panel
          .getByRole('listitem')
          .filter({ hasText: name })
          .getByRole('img', { name: 'Online' })
          .waitFor();
    });
    await story.accessible('a room of eight', ana);
    await story.step('what one writes reaches all', async () => {
      await say(a, 'All eight here');
      await row(b, 'All eight here').waitFor();
      await say(b, 'Then we begin');
      await row(a, 'Then we begin').waitFor();
      for (const member of members) await member.hears('All eight here');
    });
    await story.step('the ninth reads that the room is full', async () => {
      const n = ninth.page;
      await n.goto(link);
      await n.getByRole('heading', { name: 'Join “Band”' }).waitFor();
      await enter(n, 'iris', password, 'Create an account and join');
      await n.getByText('The room is full.').waitFor();
      await n.getByText('Someone has to leave first.').waitFor();
      await a.getByText('8 people · 8 online').waitFor();
    });
    await story.accessible('the refusal of a full room', ninth);
    await story.step('one goes offline, another leaves, and then there is a place', async () => {
      await members[0]?.leave();
      await a.getByText('8 people · 7 online').waitFor();
      await panel.getByRole('button', { name: 'Remove hugo' }).click();
      await a.getByRole('dialog').getByRole('button', { name: 'Remove', exact: true }).click();
      await a.getByText('7 people').waitFor();
      await ninth.page.getByRole('button', { name: 'Create an account and join' }).click();
      await ninth.page.getByRole('heading', { name: 'Band', level: 1 }).waitFor();
      await a.getByText('8 people · 7 online').waitFor();
    });
  } finally {
    for (const member of members) await member.leave();
    for (const { context } of [ana, ben, ninth]) await context.close();
    await server.end();
  }
}
