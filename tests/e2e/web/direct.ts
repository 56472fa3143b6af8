/** Files and checks straight from the page to a real agent, over WebTransport. */
import { createHash, randomBytes } from 'node:crypto';
import { createReadStream, existsSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type * as hashWasm from 'hash-wasm';
import type { Page } from 'playwright-core';
import { post } from './agent.ts';
import { MeshAgent } from './mesh_agent.ts';
import { password, type Scene } from './scene.ts';
import { root } from './server.ts';
import { expect } from './steps.ts';

const require = createRequire(join(root, 'client/package.json'));
const { createBLAKE3 } = require('hash-wasm') as typeof hashWasm;
const megabyte = 1024 * 1024;
/** For what moves many bytes. */
const patient = { timeout: 120_000 };

async function blake3Of(path: string): Promise<string> {
  const hasher = await createBLAKE3();
  for await (const piece of createReadStream(path)) hasher.update(piece as Buffer);
  return hasher.digest('hex');
}

/** A file whose bytes repeat nowhere. */
function fileOf(folder: string, name: string, bytes: number): string {
  const path = join(folder, name);
  writeFileSync(path, randomBytes(bytes));
  return path;
}

const device = (page: Page, id: string) =>
  page.getByRole('listitem').filter({ has: page.getByRole('button', { name: `Rename ${id}` }) });
const sent = (page: Page, name: string) =>
  page
    .getByRole('listitem')
    .filter({ has: page.getByText(name, { exact: true }) })
    .last();

async function choose(page: Page, id: string, files: readonly string[]): Promise<void> {
  const opened = page.waitForEvent('filechooser');
  await page.getByRole('button', { name: `Send files to ${id}` }).press('Enter');
  await (await opened).setFiles([...files]);
}

/** A machine that is called what it is, not after the host of the test. */
async function machine(url: string, start: Promise<MeshAgent>, id: string): Promise<MeshAgent> {
  const started = await start;
  const login = await post(url, '/api/auth/login', { username: 'ana', password });
  const answer = await fetch(`${url}/api/devices/${id}`, {
    method: 'PATCH',
    headers: {
      'Content-Type': 'application/json',
      Authorization: `Bearer ${String(login.body.access_token)}`,
    },
    body: JSON.stringify({ name: id }),
  });
  expect(answer.ok, `${id} has its name`);
  return started;
}

async function showDevices(page: Page, url: string, id: string): Promise<void> {
  await page.goto(`${url}/#/devices`);
  await device(page, id).getByText('Online').waitFor();
}

export async function direct(scene: Scene): Promise<void> {
  const { server, story, ana } = scene;
  const a = ana.page;
  const settings = { username: 'ana', password, receive: 'ask' };
  const starting = MeshAgent.start(server, 'ana-tower', settings);
  const tower = await machine(server.url, starting, 'ana-tower');
  try {
    await story.step('a machine offers what goes straight from the page', async () => {
      await showDevices(a, server.url, 'ana-tower');
      await a.getByRole('button', { name: 'Send files to ana-tower' }).waitFor();
    });
    await story.accessible('the devices page with a machine that is reachable', ana);
    await story.step('the direct connection is checked and measured', async () => {
      await a
        .getByRole('button', {
          name: 'Check the direct connection to ana-tower',
        })
        .click();
      await a
        .getByText(/^Direct connection to (127\.0\.0\.1|\[::1\]):\d+\. Round trip [\d.]+ ms\.$/)
        .waitFor();
    });
    await story.accessible('a checked connection', ana);
    await whole(scene, tower);
  } finally {
    await tower.stop();
  }
  await story.step('she goes back to the room', async () => {
    await a.getByRole('link', { name: /Workshop/ }).click();
    await a.getByRole('heading', { name: 'Workshop', level: 1 }).waitFor();
  });
}

/** What arrives is what was sent. */
async function whole({ server, story, ana }: Scene, tower: MeshAgent): Promise<void> {
  const a = ana.page;
  await story.step('a file of 50 MB, chosen by the keyboard, arrives byte for byte', async () => {
    const file = fileOf(server.folder, 'big.bin', 50 * megabyte);
    const began = Date.now();
    await choose(a, 'ana-tower', [file]);
    await sent(a, 'big.bin')
      .getByText(/BLAKE3 is the same on both sides/)
      .waitFor(patient);
    const seconds = (Date.now() - began) / 1000;
    console.log(`   50 MB in ${seconds.toFixed(1)} s, connecting included`);
    const hash = await blake3Of(tower.received('big.bin'));
    expect(hash === (await blake3Of(file)), 'the same BLAKE3 on disk');
    await sent(a, 'big.bin').getByText('BLAKE3 of the file').click();
    await sent(a, 'big.bin').getByText(hash).waitFor();
  });
  await story.accessible('a file that arrived', ana);
  await story.step('several files dropped onto the machine arrive, an empty one too', async () => {
    await drop(a, 'ana-tower', {
      'été.txt': 'l’été',
      'empty.txt': '',
      'c.txt': 'c'.repeat(300_000),
    });
    for (const name of ['été.txt', 'empty.txt', 'c.txt'])
      await sent(a, name).getByText('Arrived').waitFor();
    const sha = createHash('sha256').update('l’été').digest('hex');
    for await (const piece of createReadStream(tower.received('été.txt')))
      expect(
        createHash('sha256')
          .update(piece as Buffer)
          .digest('hex') === sha,
        'its content',
      );
    expect(existsSync(tower.received('empty.txt')), 'the empty one is there');
    for (const name of ['big.bin', 'été.txt', 'empty.txt', 'c.txt'])
      await a.getByRole('button', { name: `Dismiss ${name}` }).click();
  });
}

async function drop(page: Page, id: string, files: Record<string, string>): Promise<void> {
  const data = await page.evaluateHandle((named) => {
    const transfer = new DataTransfer();
    for (const [name, text] of Object.entries(named))
      transfer.items.add(new File([text], name, { lastModified: 1_767_567_600_000 }));
    return transfer;
  }, files);
  const place = device(page, id);
  await place.dispatchEvent('dragover', { dataTransfer: data });
  await page.getByText(`Drop files here to send them to ${id}`).waitFor();
  await place.dispatchEvent('drop', { dataTransfer: data });
}
