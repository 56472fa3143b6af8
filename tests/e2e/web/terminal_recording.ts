/** A terminal is recorded, and its recording played in the page. */
import type { FileChooser, Page } from 'playwright-core';
import type { MeshAgent } from './mesh_agent.ts';
import type { Scene } from './scene.ts';
import { allowed, screen, shows, type } from './terminal_stage.ts';
import type { Window } from './window.ts';

/** What was recorded is played in the page of whonorar has the file. */
export async function recorded(
  { server, story, ana, ben }: Scene,
  host: MeshAgent,
  window: Window,
) {
  const [a, b] = [ana.page, ben.page];
  let path = '';
  await story.step('a recording is made while two people type', async () => {
    const told = await host.command('terminal', 'record', 'build');
    path = /\S+\.cast/.exec(told)?.[0] ?? '';
    await b.getByText('Recorded by its owner').waitFor();
    window.type("echo fr''omana\r");
    await shows(b, 'fromana');
    await b.getByRole('button', { name: /^(?:Ask for the keyboard|Ask again)$/ }).click();
    await allowed(host, '--viewer', 'ben');
    await b.getByText('You have the keyboard').waitFor();
    await type(b, "echo fr''omben\n");
    await window.waitFor('fromben');
    await host.command('terminal', 'revoke', 'build');
    await host.command('terminal', 'record', 'build', '--stop');
    await b.getByText('Recorded by its owner').waitFor({ state: 'detached' });
  });
  await story.step('its file is opened in the page, played, and shows who typed', async () => {
    await a.goto(`${server.url}/#/terminals`);
    await a.getByRole('link', { name: 'Play a recording' }).click();
    await chooseFile(a, path);
    await a.getByRole('heading', { name: 'build', level: 1 }).waitFor();
    await a.getByRole('combobox', { name: 'Speed' }).selectOption('8×');
    await a.getByRole('button', { name: 'Play', exact: true }).click();
    await shows(a, 'fromben');
    await a.getByRole('button', { name: /ben types$/ }).waitFor();
    await a.getByRole('button', { name: 'Play', exact: true }).waitFor();
  });
  await story.accessible('a recording that is played', ana);
  await story.step('it goes back to where nobody else typed, and on from there', async () => {
    await a.getByRole('slider', { name: 'Position' }).fill('0');
    await screen(a).filter({ hasNotText: 'fromben' }).waitFor();
    await a.getByRole('button', { name: /ben types$/ }).click();
    await a.getByRole('status').getByText('ben types').waitFor();
    await screen(a).filter({ hasNotText: 'fromben' }).waitFor();
    await a.getByRole('button', { name: 'Play', exact: true }).click();
    await shows(a, 'fromben'); // it may be at its end before anybody sees the button that pauses it
  });
  await story.step('what is no recording is said to be none', async () => {
    await chooseFile(a, { name: 'notes.cast', mimeType: 'text/plain', buffer: Buffer.from('hi') });
    await a.getByText('This is no recording: line 1 cannot be read.').waitFor();
    await a.goto(`${server.url}/#/terminals`);
  });
}

async function chooseFile(page: Page, file: Parameters<FileChooser['setFiles']>[0]) {
  const opened = page.waitForEvent('filechooser');
  await page.getByRole('button', { name: /^(?:Choose a file|Another file)$/ }).click();
  await (await opened).setFiles(file);
}
