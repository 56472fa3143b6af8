/** People of a room: how they are, what they may do, who may enter, two of them alone, and who takes over. */
import { post } from './agent.ts';
import { Person } from './browser.ts';
import { composer, enter, password, row, say, type Scene } from './scene.ts';
import { expect } from './steps.ts';

export async function people({ server, browser, story, ana, ben }: Scene): Promise<void> {
  const a = ana.page;
  const b = ben.page;
  const panel = a.getByRole('complementary');
  const showPanel = async () => {
    if ((await panel.count()) === 0) await a.keyboard.press('p');
    await panel.waitFor();
  };
  await story.step('ben does not want to be disturbed, and ana sees it', async () => {
    await a.getByRole('heading', { name: 'Workshop', level: 1 }).click();
    await showPanel();
    await panel.getByRole('listitem').filter({ hasText: 'ben' }).getByLabel('Online').waitFor();
    await b.keyboard.press('Control+k');
    await b.getByRole('combobox', { name: 'Type a name' }).fill('disturb');
    await b.keyboard.press('Enter');
    const line = panel.getByRole('listitem').filter({ hasText: 'ben' });
    await line.getByLabel('Do not disturb').waitFor();
  });
  await story.step('it holds over a reload, for those who come later too', async () => {
    await b.reload();
    await row(b, 'line 70').waitFor();
    await a.reload();
    await a.getByRole('heading', { name: 'Workshop', level: 1 }).waitFor();
    await showPanel();
    const line = panel.getByRole('listitem').filter({ hasText: 'ben' });
    await line.getByLabel('Do not disturb').waitFor();
  });
  await story.step('ana opens a conversation of two with ben', async () => {
    await panel.getByRole('button', { name: 'Write to ben' }).click();
    await a.getByRole('heading', { name: 'ben', level: 1 }).waitFor();
    await say(a, 'Between **us two**');
    await b.getByRole('link', { name: /ana.*1 unread message/ }).click();
    await b.getByRole('heading', { name: 'ana', level: 1 }).waitFor();
    await row(b, 'Between us two').waitFor();
    expect((await row(b, 'Between us two').locator('strong').count()) === 1, 'bold is bold');
  });
  await story.accessible('a conversation of two', ana);
  await story.step('she comes back by the keyboard alone', async () => {
    await a.keyboard.press('Control+k');
    await a.keyboard.type('worksh');
    await a.keyboard.press('Enter');
    await a.getByRole('heading', { name: 'Workshop', level: 1 }).waitFor();
    await b.getByRole('link', { name: 'Workshop' }).click();
  });
  await story.step('what was begun in a room is marked, and still there', async () => {
    await composer(a).fill('Half a thought');
    await a.getByRole('link', { name: 'ben' }).click();
    await a
      .getByRole('link', { name: /Workshop/ })
      .getByLabel('Something begun')
      .waitFor();
    await a.reload();
    await a.getByRole('link', { name: /Workshop/ }).click();
    await a.getByRole('heading', { name: 'Workshop', level: 1 }).waitFor(); // not the box of the room before
    const box = composer(a);
    expect((await box.inputValue()) === 'Half a thought', 'the draft is there after a reload');
    await box.fill('');
  });
  await rights(a, b, { server, browser, story, ana, ben });
  await fullRoom({ server, browser, story, ana, ben });
  await story.step('the last owner leaves by naming who takes over', async () => {
    const cid = await Person.arrive(browser);
    const c = cid.page;
    await c.goto(server.url);
    await c.getByRole('link', { name: 'Create an account' }).click();
    await enter(c, 'cid', password, 'Create an account');
    await c.getByRole('main').getByRole('button', { name: 'Create a room' }).click();
    await c.getByLabel('Name').fill('Handed over');
    await c.getByRole('button', { name: 'Create', exact: true }).click();
    await c.getByRole('button', { name: 'People and settings' }).click();
    await c.getByRole('button', { name: 'Invite someone' }).click();
    await c.getByRole('button', { name: 'Create a link' }).click();
    const link = (await c.getByRole('dialog').locator('code').textContent()) ?? '';
    await c.keyboard.press('Escape');
    await a.goto(link);
    await a.getByRole('button', { name: 'Join the room' }).click();
    await c.getByRole('complementary').getByText('ana').waitFor();
    await c.getByRole('button', { name: 'Leave the room' }).click();
    await c.getByLabel('Who owns the room after you?').selectOption({ label: 'ana' });
    await c.getByRole('button', { name: 'Hand over and leave' }).click();
    await c.getByRole('main').getByText('No room yet').waitFor();
    await a.getByRole('heading', { name: 'Handed over', level: 1 }).waitFor();
    await a.getByRole('complementary').getByRole('button', { name: 'Delete the room' }).click();
    await a.getByRole('dialog').getByRole('button', { name: 'Delete the room' }).click();
    await a.getByRole('link', { name: /Handed over/ }).waitFor({ state: 'detached' });
    await cid.context.close();
    await a.getByRole('link', { name: /Workshop/ }).click();
  });
}

/** Four people by default; the operator may allow up to eight. */
async function fullRoom({ server, browser, story }: Scene): Promise<void> {
  await story.step('the fifth finds the room full', async () => {
    const owner = await register(server.url, 'eva');
    const { room } = await asked(server.url, '/api/rooms', { name: 'Full house' }, owner);
    const path = `/api/rooms/${room?.id ?? ''}`;
    for (const username of ['fred', 'gina', 'hugo']) {
      await register(server.url, username);
      await asked(server.url, `${path}/members`, { username }, owner);
    }
    const terms = { role: 'member' };
    const { invitation } = await asked(server.url, `${path}/invitations`, terms, owner);
    const fifth = await Person.arrive(browser);
    await fifth.page.goto(`${server.url}/#/invite/${invitation?.code ?? ''}`);
    await enter(fifth.page, 'ines', password, 'Create an account and join');
    await fifth.page.getByText('The room is full.').waitFor();
    await fifth.context.close();
  });
}

interface Made {
  readonly access_token?: string;
  readonly room?: { readonly id: string };
  readonly invitation?: { readonly code: string };
}

async function asked(url: string, path: string, body: object, token?: string): Promise<Made> {
  const answer = await post(url, path, body, token);
  expect(answer.status < 300, `${path} is answered, not ${String(answer.status)}`);
  return answer.body;
}

async function register(url: string, username: string): Promise<string> {
  const { access_token } = await asked(url, '/api/auth/register', { username, password });
  return access_token ?? '';
}

async function rights(
  a: Scene['ana']['page'],
  b: Scene['ana']['page'],
  { browser, story, ana }: Scene,
): Promise<void> {
  await story.step('ana takes a right from guests, and ben reads it', async () => {
    const box = (page: typeof a) => page.getByRole('checkbox', { name: 'Call, guest' });
    await a.getByRole('button', { name: 'Rights of each role' }).click();
    await box(a).uncheck();
    await a.getByRole('button', { name: 'Save' }).click();
    await a.getByRole('dialog').waitFor({ state: 'detached' });
    if ((await b.getByRole('complementary').count()) === 0)
      await b.getByRole('button', { name: 'People and settings' }).click();
    await b.getByRole('button', { name: 'Rights of each role' }).click();
    await box(b).waitFor();
    expect(!(await box(b).isChecked()), 'the right is gone');
    expect(await box(b).isDisabled(), 'a member only reads');
    await b.keyboard.press('Escape');
    await b.getByRole('button', { name: 'Close people and settings' }).last().click();
  });
  await story.step('the grid is opened again', async () => {
    await a.getByRole('button', { name: 'Rights of each role' }).click();
    await a.getByRole('checkbox', { name: 'Call, guest' }).waitFor();
  });
  await story.accessible('the rights of a room', ana);
  await story.step('nobody enters while the room is locked', async () => {
    await a.keyboard.press('Escape');
    await a.getByRole('button', { name: 'Invite someone' }).click();
    await a.getByRole('button', { name: 'Create a link' }).click();
    const link = (await a.getByRole('dialog').locator('code').textContent()) ?? '';
    await a.keyboard.press('Escape');
    await a.getByRole('switch', { name: 'Lock the room' }).click();
    await b.getByRole('heading', { level: 1 }).getByLabel('Locked').waitFor();
    const dan = await Person.arrive(browser);
    await dan.page.goto(link);
    await enter(dan.page, 'dan', password, 'Create an account and join');
    await dan.page.getByText('The room is locked: nobody can enter it now.').waitFor();
    await a.getByRole('switch', { name: 'Lock the room' }).click();
    await b.getByRole('heading', { level: 1 }).getByLabel('Locked').waitFor({ state: 'detached' });
    await dan.page.getByRole('button', { name: 'Create an account and join' }).click();
    await dan.page.getByRole('heading', { name: 'Workshop', level: 1 }).waitFor();
    await dan.context.close();
    await a.getByRole('button', { name: 'Remove dan' }).click();
    await a.getByRole('dialog').getByRole('button', { name: 'Remove' }).click();
    await a.getByRole('button', { name: 'Remove dan' }).waitFor({ state: 'detached' });
  });
}
