/** Two people register and meet in a room. */
import { Person } from './browser.ts';
import { enter, password, type Scene } from './scene.ts';
import { expect } from './steps.ts';

export async function meeting({ server, browser, story, ana, ben }: Scene): Promise<void> {
  const a = ana.page;
  const b = ben.page;
  await story.step('a stranger sees the sign-in page', async () => {
    await a.goto(server.url);
    await a.getByRole('heading', { name: 'Sign in to Mesh' }).waitFor();
  });
  await story.accessible('the sign-in page', ana);
  await story.step('a wrong password is refused with a cause and a next step', async () => {
    await enter(a, 'ana', 'nothing like it', 'Sign in');
    await a.getByText('Username and password do not match.').waitFor();
  });
  await story.step('ana registers and sees that she has no room yet', async () => {
    await a.getByRole('link', { name: 'Create an account' }).click();
    await a.getByRole('heading', { name: 'Create your account' }).waitFor();
    await enter(a, 'ana', password, 'Create an account');
    await a.getByRole('main').getByText('No room yet').waitFor();
  });
  await story.accessible('the empty home page', ana);
  await story.step('she creates a room', async () => {
    await a.getByRole('main').getByRole('button', { name: 'Create a room' }).click();
    await a.getByLabel('Name').fill('Workshop');
    await a.getByRole('button', { name: 'Create', exact: true }).click();
    await a.getByRole('heading', { name: 'Workshop', level: 1 }).waitFor();
    await a.getByText('Say the first word').waitFor();
  });
  await story.accessible('the empty room', ana);
  await story.step('she makes an invitation link and copies it', async () => {
    await a.getByRole('button', { name: 'People and settings' }).click();
    await a.getByRole('button', { name: 'Invite someone' }).click();
    await a.getByRole('radio', { name: '1 week' }).click();
    await a.getByRole('button', { name: 'Create a link' }).click();
    await a.getByRole('button', { name: 'Copy' }).click();
    await a.getByRole('button', { name: 'Copied' }).waitFor();
    await a.getByText(/Lets 1 person in, until/).waitFor();
  });
  await story.step('the link is shown as a QR code too', async () => {
    await a.getByRole('button', { name: 'Show as QR code' }).click();
    const code = a.getByRole('img', { name: 'QR code of the invitation link' });
    await code.waitFor();
    const { width, height } = (await code.boundingBox()) ?? { width: 0, height: 1 };
    expect(width > 200 && width === height, `a square to point a camera at, not ${String(width)}`);
    await a.setViewportSize({ width: 390, height: 640 });
    const bottom = await code.evaluate((it) => it.getBoundingClientRect().bottom);
    const below = await a
      .getByRole('button', { name: 'Hide the QR code' })
      .evaluate((it) => it.getBoundingClientRect().top);
    expect(bottom <= below, 'on a low screen nothing covers the code');
    await a.setViewportSize({ width: 1280, height: 800 });
  });
  await story.accessible('the invitation with its QR code', ana);
  await story.step('Escape closes the invitation and the focus returns', async () => {
    await a.keyboard.press('Escape');
    await a.getByRole('dialog').waitFor({ state: 'detached' });
    const focused = await a.evaluate(() => document.activeElement?.textContent);
    expect(focused === 'Invite someone', `the focus is on the button, not on ${String(focused)}`);
  });
  await story.accessible('the room with its panel', ana);
  await story.step('ben opens the link, registers and is in the room', async () => {
    await b.goto(await a.evaluate(() => navigator.clipboard.readText()));
    await b.getByRole('heading', { name: 'Join “Workshop”' }).waitFor();
    await enter(b, 'ben', password, 'Create an account and join');
    await b.getByRole('heading', { name: 'Workshop', level: 1 }).waitFor();
  });
  await story.step('ana sees him arrive, online', async () => {
    await a.getByText('2 people · 2 online').waitFor();
    await a.getByRole('complementary').getByText('ben').waitFor();
  });
  await story.step('a used link says so', async () => {
    const stranger = await Person.arrive(browser);
    const link = await a.evaluate(() => navigator.clipboard.readText());
    await stranger.page.goto(link);
    await stranger.page
      .getByText('The invitation was used, has ended or does not exist.')
      .waitFor();
    await stranger.context.close();
  });
}
