/** A guest without an account knocks, is let in, talks, and is gone with the visit. */
import { Person } from './browser.ts';
import { row, say, type Scene } from './scene.ts';
import { expect } from './steps.ts';

export async function visit({ browser, story, ana }: Scene): Promise<void> {
  const a = ana.page;
  const paul = await Person.arrive(browser);
  const p = paul.page;
  const panel = a.getByRole('complementary');
  let link = '';
  await story.step('ana makes a link for guests', async () => {
    await a.getByRole('link', { name: /Workshop/ }).click();
    await a.getByRole('heading', { name: 'Workshop', level: 1 }).click();
    if ((await panel.count()) === 0) await a.keyboard.press('p');
    await a.getByRole('button', { name: 'Invite someone' }).click();
    await a.getByRole('radio', { name: 'guest' }).click();
    await a.getByRole('radio', { name: '3 people' }).click();
    await a.getByRole('button', { name: 'Create a link' }).click();
    link = (await a.getByRole('dialog').locator('code').textContent()) ?? '';
    await a.keyboard.press('Escape');
  });
  const knock = async () => {
    await p.goto('about:blank');
    await p.goto(link);
    await p.getByLabel('Your name').fill('Paul');
    await p.getByRole('button', { name: 'Ask to come in' }).click();
    await p.getByRole('heading', { name: 'You are at the door' }).waitFor();
  };
  await story.step('a guest gives a name, asks and waits', async () => {
    await knock();
    await a.getByText('~Paul would like to come in.').waitFor();
  });
  await story.accessible('the page of a waiting guest', paul);
  await story.accessible('the room with a guest at its door', ana);
  await story.step('who is turned away is told', async () => {
    await a.getByRole('button', { name: 'Turn away ~Paul' }).click();
    await p.getByText('You were not let in, or your visit is over.').waitFor();
    await a.getByText('~Paul would like to come in.').waitFor({ state: 'detached' });
  });
  await story.step('the next time ana lets him in, and they talk', async () => {
    await knock();
    await a.getByRole('button', { name: 'Let in ~Paul' }).click();
    await p.getByRole('heading', { name: 'Workshop', level: 1 }).waitFor();
    await say(p, 'Hello from outside');
    await row(a, 'Hello from outside').waitFor();
    expect((await p.getByRole('link', { name: 'Devices' }).count()) === 0, 'no pages for people');
    expect(
      (await p.getByRole('button', { name: 'New room' }).count()) === 0,
      'no rooms of his own',
    );
  });
  await story.accessible('the room of a guest', paul);
  await story.step(
    'who has not touched the page for ten minutes is away, until they do',
    async () => {
      await p.clock.install();
      await p.reload();
      await row(p, 'Hello from outside').waitFor();
      const line = panel.getByRole('listitem').filter({ hasText: '~Paul' });
      await line.getByLabel('Online').waitFor();
      await p.clock.fastForward('10:01');
      await line.getByLabel('Away').waitFor();
      await p.getByRole('heading', { name: 'Workshop', level: 1 }).click();
      await line.getByLabel('Online').waitFor();
    },
  );
  await story.step('a reload keeps the visit, signing out ends it', async () => {
    await p.reload();
    await row(p, 'Hello from outside').waitFor();
    await p.getByRole('link', { name: /~Paul/ }).click();
    await p.getByRole('button', { name: 'Sign out' }).click();
    await p.getByRole('heading', { name: 'Sign in to Mesh' }).waitFor();
    await panel.getByText('~Paul').waitFor({ state: 'detached' });
  });
  await story.step('ana withdraws what is left of the link', async () => {
    await a.getByRole('button', { name: 'Invite someone' }).click();
    await a.getByRole('button', { name: 'Withdraw' }).click();
    await a.getByRole('button', { name: 'Withdraw' }).waitFor({ state: 'detached' });
    await a.keyboard.press('Escape');
  });
  await paul.context.close();
}
