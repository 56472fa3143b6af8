import type { Page } from 'playwright-core';
import { Person } from './browser.ts';
import type { MeshAgent } from './mesh_agent.ts';
import type { Scene } from './scene.ts';
import { expect } from './steps.ts';
import { allowed, shows, type } from './terminal_stage.ts';
import type { Window } from './window.ts';
import { signIn } from './world.ts';

/** Keys that a phone has not, and a screen that is as wide as it is. */
export async function onAPhone(
  { server, browser, story }: Scene,
  room: { readonly id: string },
  host: MeshAgent,
  window: Window,
): Promise<void> {
  const small = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true };
  const person = await Person.arrive(browser, { ...small, locale: 'fr-FR' });
  const p = person.page;
  await story.step('on a phone the terminal fits, and has the keys that are missing', async () => {
    await signIn(p, server.url, 'ben');
    await p.goto(`${server.url}/#/terminals/ana-host/build?room=${room.id}`);
    window.type("clear; echo pho''ne\r");
    await shows(p, 'phone');
    expect(!(await wide(p)), 'nothing is wider than the screen');
    await p.getByRole('button', { name: 'Demander le clavier' }).tap();
    await allowed(host);
    await p.getByText('Vous avez le clavier').waitFor();
    const since = window.shown.length;
    window.type('cat -v\r');
    const keys = p.getByRole('toolbar', { name: 'Touches' });
    for (const name of ['Échap', 'Haut', 'Tab']) await keys.getByRole('button', { name }).tap();
    await type(p, 'x\n');
    await window.waitFor('^[^[[A', since);
    await keys.getByRole('button', { name: 'Ctrl' }).tap();
    await type(p, 'c');
    await shows(p, '^C'); // which throws away what was typed and not read yet
    window.type("echo st''opped\r");
    await shows(p, 'stopped');
    expect(!(await wide(p)), 'nothing is wider than the screen with the keyboard');
  });
  await story.accessible('a terminal with the keyboard on a phone', person);
  await person.context.close();
}

const wide = (page: Page) => page.evaluate(() => document.documentElement.scrollWidth > innerWidth);
