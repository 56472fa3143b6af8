/**
 * A browser of one person for programs that are no story of the page (the demo, the benches, the story of memory): driven
 * by lines of JSON, {"id", "do", ...} on standard input, each answered by one line {"id", ...} or {"id", "error"}.
 *
 * usage: solo_browser.ts URL USERNAME PASSWORD
 */
import { createInterface } from 'node:readline';
import type { Locator, Page } from 'playwright-core';
import { launch, Person } from './browser.ts';
import { fileRow } from './direct_stage.ts';
import { Middlebox } from './middlebox.ts';
import { enter } from './scene.ts';
import { shows, type } from './terminal_stage.ts';

interface Wish {
  readonly id: number;
  readonly do: string;
  readonly machine: string;
  readonly name: string;
  readonly path: string;
  readonly count: number;
  readonly text: string;
}

const patient = { timeout: 600_000 };

const [url = '', username = '', password = ''] = process.argv.slice(2);
const browser = await launch();
const { page } = await Person.arrive(browser);

/** The row of a machine on its page, by its device id: what it is called is its host's business. */
async function machineRow(id: string): Promise<Locator> {
  await page.goto(`${url}/#/devices`);
  const row = page
    .getByRole('listitem')
    .filter({ has: page.getByText(` · ${id}`) })
    .first();
  await row.getByText('Online').waitFor();
  return row;
}

async function browserId(on: Page): Promise<string> {
  await on.goto(`${url}/#/devices`);
  const row = on.getByRole('listitem').filter({ hasText: 'this browser' });
  return / · ([a-z0-9.-]+)$/m.exec(await row.locator('p').nth(1).innerText())?.[1] ?? '';
}

/** Until the page says that BLAKE3 agrees. */
async function verified(name: string, began: number): Promise<object> {
  const row = fileRow(page, name);
  await row.getByText(/BLAKE3 is the same on both sides/).waitFor(patient);
  const seconds = (performance.now() - began) / 1000;
  await row.getByText('BLAKE3 of the file').click();
  const hash = await row.locator('code').innerText();
  await page.getByRole('button', { name: `Dismiss ${name}` }).click();
  return { seconds, hash };
}

/** Between machines and the server, so that the page cannot reach them. */
const boxes: Middlebox[] = [];

const wishes: Record<string, (wish: Wish) => Promise<object>> = {
  /** Saves what is offered to `path`. */
  save: async ({ name, path, machine }) => {
    await page.goto(`${url}/#/transfers`);
    const button = page.getByRole('button', { name: `Save ${name}`, exact: true });
    await button.waitFor();
    const began = performance.now();
    const begun = page.waitForEvent('download');
    await button.click();
    const download = await begun;
    // Where the connection can be measured meanwhile.
    await machineRow(machine);
    const told = await verified(name, began);
    await download.saveAs(path);
    await download.delete();
    return told;
  },
  send: async ({ name, path, machine }) => {
    const row = await machineRow(machine);
    const began = performance.now();
    const opened = page.waitForEvent('filechooser');
    await row.getByRole('button', { name: /^Send files to/ }).click();
    await (await opened).setFiles([path]);
    return verified(name, began);
  },
  /** Round trips in milliseconds, five for each press of the button. */
  echo: async ({ machine, count }) => {
    const row = await machineRow(machine);
    const button = row.getByRole('button', { name: /^Check the direct connection/ });
    const all: number[] = [];
    for (let pressed = 0; pressed < count; pressed++) {
      await button.click();
      const told = row.getByText(/^(Direct connection to|No direct way:) .* Round trip/);
      await told.waitFor();
      const title = (await told.getAttribute('title')) ?? '';
      all.push(...title.split(' · ').map(Number));
    }
    return { round_trips: all };
  },
  /** An address of the server for a machine whose port will be hidden. */
  middlebox: async () => {
    const box = await Middlebox.before(Number(new URL(url).port));
    boxes.push(box);
    return { url: box.url };
  },
  hide: async ({ count }) => {
    await boxes.at(-1)?.hide(count);
    return {};
  },
  /** Looks at a shared terminal until it shows this. */
  view_terminal: async ({ name, machine, text }) => {
    await page.goto(`${url}/#/terminals`);
    await page.getByRole('link', { name: `Open ${name} of ${machine}` }).click();
    await shows(page, text);
    await page.getByText('Preview', { exact: true }).waitFor();
    return {};
  },
  see_terminal: async ({ text }) => {
    await shows(page, text);
    return {};
  },
  type_terminal: async ({ text }) => {
    await type(page, text);
    return {};
  },
  ask_keyboard: async () => {
    await page.getByRole('button', { name: 'Ask for the keyboard' }).click();
    await page.getByText('Asked. The sharer decides…').waitFor();
    return {};
  },
  have_keyboard: async () => {
    await page.getByText('You have the keyboard').waitFor();
    return {};
  },
  lose_keyboard: async () => {
    await page.getByText('The sharer took the keyboard back.').waitFor();
    return {};
  },
  running: async ({ name }) => {
    await fileRow(page, name).getByText(/\d%/).waitFor(patient);
    return {};
  },
};

function say(message: object): void {
  process.stdout.write(`${JSON.stringify(message)}\n`);
}

await page.goto(url);
await page.getByRole('heading', { name: 'Sign in to Mesh' }).waitFor();
await enter(page, username, password, 'Sign in');
await page.getByText('No room yet').or(page.getByRole('log')).first().waitFor();
say({ id: 0, browser: await browserId(page) });

for await (const line of createInterface({ input: process.stdin })) {
  const wish = JSON.parse(line) as Wish;
  const work = wishes[wish.do];
  if (!work) throw new Error(`nobody knows how to ${wish.do}`);
  work(wish).then(
    (told) => {
      say({ id: wish.id, ...told });
    },
    (thrown: unknown) => {
      say({ id: wish.id, error: String(thrown) });
    },
  );
}
await browser.close();
for (const box of boxes) box.end();
