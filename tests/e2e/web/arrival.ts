/** What a first visit loads, and the owner's one-time link. */
import { Person } from './browser.ts';
import { enter, password, type Scene } from './scene.ts';
import { expect } from './steps.ts';

/** What the browser received of each script that this page loaded, in bytes as they travelled. */
const scripts = `performance.getEntriesByType('resource')
  .filter((it) => new URL(it.name).pathname.endsWith('.js'))
  .map((it) => it.encodedBodySize)`;

export async function arrival({ server, browser, story }: Scene): Promise<void> {
  await story.step('the first load is at most 250 KB of scripts on the wire', async () => {
    const visitor = await Person.arrive(browser);
    await visitor.page.goto(server.url);
    await visitor.page.getByLabel('Username').waitFor();
    const sizes = (await visitor.page.evaluate(scripts)) as number[];
    const bytes = sizes.reduce((sum, it) => sum + it, 0);
    expect(bytes > 50_000 && bytes <= 250_000, `not ${String(bytes)} bytes`);
    await visitor.context.close();
  });
  const link = server.ownerLink();
  await story.step('the owner opens the link that the server printed and is in', async () => {
    const owner = await Person.arrive(browser);
    await owner.page.goto(link);
    await owner.page.getByRole('heading', { name: 'Set up this server' }).waitFor();
    await enter(owner.page, 'olga', password, 'Start using Mesh');
    await owner.page.getByRole('main').getByText('No room yet').waitFor();
    await owner.context.close();
  });
  await story.step('the same link does not work twice', async () => {
    const thief = await Person.arrive(browser);
    await thief.page.goto(link);
    await enter(thief.page, 'thief', password, 'Start using Mesh');
    await thief.page.getByRole('alert').waitFor();
    await thief.context.close();
  });
}
