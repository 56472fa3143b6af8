/** Whoever sends is seen sharing by the people of their rooms, for as long as it lasts, in both languages. */
import type { Page } from 'playwright-core';
import { Person } from './browser.ts';
import type { MeshAgent } from './mesh_agent.ts';
import { password, type Scene } from './scene.ts';
import { expect } from './steps.ts';

/** The line of a person in the panel of the room. */
async function lineOf(page: Page, name: string) {
  await page.getByRole('heading', { name: 'Workshop', level: 1 }).waitFor();
  const panel = page.getByRole('complementary');
  if ((await panel.count()) === 0) await page.locator('[data-key="people"]').click();
  await panel.waitFor();
  return panel.getByRole('listitem').filter({ hasText: name });
}

export async function sharing(scene: Scene, laptop: MeshAgent): Promise<void> {
  const { server, browser, story, ana, ben } = scene;
  const a = ana.page;
  const b = ben.page;
  const french = await Person.arrive(browser, { locale: 'fr-FR' });
  const f = french.page;
  await f.goto(server.url);
  await f.getByLabel('Nom d’utilisateur').fill('ben');
  await f.getByLabel('Mot de passe', { exact: true }).fill(password);
  await f.getByRole('button', { name: 'Se connecter' }).click();
  const workshop = f.getByRole('link', { name: /Workshop/ });
  await workshop.click();
  const anaInFrench = await lineOf(f, 'ana');
  await anaInFrench.waitFor();

  const slow = ['--to', 'ben-pc', '--limit', '512K'];
  const sending = laptop.command('send', laptop.file('shared.bin', 40 * 1024 * 1024), ...slow);
  sending.catch(() => undefined);
  await story.step('who sends is seen sharing by the others of the room', async () => {
    await b.getByRole('button', { name: 'Accept shared.bin' }).click();
    await b.getByRole('progressbar', { name: 'Progress of shared.bin' }).waitFor();
    await b.getByRole('link', { name: /Workshop/ }).click();
    const line = await lineOf(b, 'ana');
    await line.getByText('Sharing', { exact: true }).waitFor();
    const own = await lineOf(b, 'ben');
    expect((await own.getByText('Sharing').count()) === 0, 'who receives shares nothing');
  });
  await story.accessible('a room in which somebody shares', ben);
  await story.step('in French too', async () => {
    await anaInFrench.getByText('Partage en cours', { exact: true }).waitFor();
  });
  await story.step('the conversation of two and the list of devices say it too', async () => {
    await b.getByRole('button', { name: 'Write to ana' }).click();
    await b.getByText('Online · Sharing', { exact: true }).waitFor();
    await a.goto(`${server.url}/#/devices`);
    const own = a.getByRole('listitem').filter({ hasText: 'ana-laptop' });
    await own.getByText('Sharing', { exact: true }).waitFor();
  });
  await story.step('and it ends with the transfer', async () => {
    await a.getByRole('link', { name: /^Transfers/ }).click();
    await a.getByRole('button', { name: 'Cancel shared.bin' }).click();
    await sending.catch(() => undefined);
    await b.getByText('Online', { exact: true }).waitFor();
    await anaInFrench.getByText('Partage en cours').waitFor({ state: 'detached' });
    await b.locator('[data-key="people"]').click();
    await b.getByRole('complementary').waitFor({ state: 'detached' });
  });
  await french.context.close();
}
