/** A folder straight from the page to a real agent. */
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import {
  blake3Of,
  device,
  fileOf,
  fileRow,
  megabyte,
  patient,
  showDevices,
} from './direct_stage.ts';
import type { MeshAgent } from './mesh_agent.ts';
import type { Scene } from './scene.ts';
import { expect, type Story } from './steps.ts';

const names = ['a.txt', 'été.bin', 'a-b/c.bin', 'a/b/deep.bin', 'a/z.bin', '𝄞.bin', '．.bin'];

export async function folder({ server, story, ana }: Scene, tower: MeshAgent): Promise<void> {
  const a = ana.page;
  const album = join(server.folder, 'album');
  for (const below of ['a/b', 'a-b']) mkdirSync(join(album, below), { recursive: true });
  for (const [index, name] of names.entries()) fileOf(album, name, index * 100_000);
  fileOf(album, 'large.bin', 40 * megabyte);
  const isWhole = async () => {
    for (const name of [...names, 'large.bin'])
      expect(
        (await blake3Of(join(tower.received('album'), name))) ===
          (await blake3Of(join(album, name))),
        `${name} is the same`,
      );
  };
  await story.step('a folder is chosen by the keyboard and goes to a machine', async () => {
    await tower.command('limit', '4M');
    await showDevices(a, server.url, 'ana-tower');
    const opened = a.waitForEvent('filechooser');
    await a.getByRole('button', { name: 'Send a folder to ana-tower' }).press('Enter');
    await (await opened).setFiles(album);
    await fileRow(a, 'album').getByText('8 files').waitFor();
    await fileRow(a, 'album')
      .getByText(/^[1-9]\d*% · .* left$/)
      .waitFor(patient);
  });
  await story.accessible('a folder under way', ana);
  await story.step('after its machine was killed it goes on, and arrives as it is', async () => {
    await fileRow(a, 'album')
      .getByText(/^[4-9]\d%/)
      .waitFor(patient);
    await tower.kill();
    await fileRow(a, 'album')
      .getByText(/Tries again/)
      .waitFor(patient);
    await tower.run();
    await tower.command('limit', 'off');
    await fileRow(a, 'album')
      .getByText(/were there already · BLAKE3 is the same on both sides/)
      .waitFor(patient);
    await isWhole();
    await fileRow(a, 'album').getByText('BLAKE3 of the folder').waitFor();
    await a.getByRole('button', { name: 'Dismiss album' }).click();
  });
  await dropped(server.folder, story, a, tower);
}

/** A folder as the desktop hands it to the browser: by its path, moved over the page and let go. */
async function letGoOver(page: Page, id: string, folder: string): Promise<void> {
  const place = device(page, id);
  await place.scrollIntoViewIfNeeded();
  const box = await place.boundingBox();
  if (!box) throw new Error(`${id} is not on the page`);
  const [x, y] = [Math.round(box.x + 40), Math.round(box.y + 12)];
  const data = { items: [], files: [folder], dragOperationsMask: 1 };
  const devtools = await page.context().newCDPSession(page);
  for (const type of ['dragEnter', 'dragOver'] as const)
    await devtools.send('Input.dispatchDragEvent', { type, x, y, data });
  await page.getByText(`Drop files or folders here to send them to ${id}`).waitFor();
  await devtools.send('Input.dispatchDragEvent', { type: 'drop', x, y, data });
  await devtools.detach();
}

async function dropped(at: string, story: Story, page: Page, tower: MeshAgent): Promise<void> {
  const box = join(at, 'été 2026');
  for (const below of ['leer', 'tief/er']) mkdirSync(join(box, below), { recursive: true });
  const files = ['über.bin', 'tief/a.bin', 'tief/er/b.bin'];
  for (const name of files) fileOf(box, name, 200_000);
  await story.step('a folder that is dropped arrives, with what is empty in it', async () => {
    await letGoOver(page, 'ana-tower', box);
    await fileRow(page, 'été 2026')
      .getByText(/BLAKE3 is the same on both sides/)
      .waitFor(patient);
    const got = tower.received('été 2026');
    for (const name of files)
      expect((await blake3Of(join(got, name))) === (await blake3Of(join(box, name))), name);
    expect(existsSync(join(got, 'leer')), 'an empty folder is there');
    await page.getByRole('button', { name: 'Dismiss été 2026' }).click();
  });
}
