/** What a first visit loads, and the owner's one-time link. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { Person } from './browser.ts';
import { enter, password, type Scene } from './scene.ts';
import { root } from './server.ts';
import { expect } from './steps.ts';

/** Every script that index.html names, compressed as a server would. */
function scriptBytes(): number {
  const dist = join(root, 'client/dist');
  const page = readFileSync(join(dist, 'index.html'), 'utf8');
  return [...page.matchAll(/(?:src|href)="(\.\/[^"]+\.js)"/g)]
    .map(([, path]) => gzipSync(readFileSync(join(dist, path ?? ''))).length)
    .reduce((sum, bytes) => sum + bytes, 0);
}

export async function arrival({ server, browser, story }: Scene): Promise<void> {
  await story.step('the first load is at most 250 KB of compressed scripts', () => {
    const bytes = scriptBytes();
    expect(bytes > 50_000 && bytes <= 250_000, `not ${String(bytes)} bytes`);
    return Promise.resolve();
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
