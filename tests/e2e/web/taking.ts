/** Files straight from a real agent into the browser: offered ones and fetched ones, as downloads and as chosen files. */
import type { Download, Page } from 'playwright-core';
import { blake3Of, fileOf, fileRow, megabyte, patient, showDevices } from './direct_stage.ts';
import type { MeshAgent } from './mesh_agent.ts';
import type { Scene } from './scene.ts';
import { expect } from './steps.ts';

export async function showTransfers(page: Page, url: string): Promise<void> {
  await page.goto(`${url}/#/transfers`);
  await page.getByRole('heading', { name: 'Transfers', level: 1 }).waitFor();
}

/** Presses the button by the keyboard and answers the download that begins. */
export async function saved(page: Page, button: string): Promise<Download> {
  const begun = page.waitForEvent('download');
  await page.getByRole('button', { name: button, exact: true }).press('Enter');
  return begun;
}

export async function isWhole(download: Download, file: string): Promise<void> {
  expect((await blake3Of(await download.path())) === (await blake3Of(file)), 'the same BLAKE3');
}

/** The device id of the browser of this page. */
export async function browserId(page: Page, url: string): Promise<string> {
  await page.goto(`${url}/#/devices`);
  const row = page.getByRole('listitem').filter({ hasText: 'this browser' });
  const id = / · ([a-z0-9.-]+)$/m.exec(await row.locator('p').nth(1).innerText())?.[1];
  if (id === undefined) throw new Error('this browser is not in the list');
  return id;
}

export async function taking(scene: Scene, tower: MeshAgent): Promise<void> {
  const { server, story, ana } = scene;
  const a = ana.page;
  const self = await browserId(a, server.url);
  await offered(scene, tower, self);
  await interrupted(scene, tower, self);
  await chosenPlace(scene, tower, self);
  await fetched(scene, tower, self);
  await story.step('she goes back to her devices', async () => {
    await showDevices(a, server.url, 'ana-tower');
  });
}

async function offered({ server, story, ana }: Scene, tower: MeshAgent, self: string) {
  const a = ana.page;
  const file = fileOf(server.folder, 'été (1).bin', 50 * megabyte);
  let sending: Promise<string> = Promise.resolve('');
  await story.step('a file that her machine offers to this browser waits on the page', async () => {
    sending = tower.command('send', file, '--to', self);
    sending.catch(() => undefined);
    await showTransfers(a, server.url);
    await fileRow(a, 'été (1).bin').getByText('50 MB · offered by ana-tower').waitFor();
    await a.getByRole('link', { name: /Transfers.*1 file waits for you/ }).waitFor();
  });
  await story.accessible('a file that is offered to the browser', ana);
  await story.step('saved by the keyboard, it becomes a download, byte for byte', async () => {
    const began = Date.now();
    const download = await saved(a, 'Save été (1).bin');
    expect(download.suggestedFilename() === 'été (1).bin', 'its name');
    await fileRow(a, 'été (1).bin')
      .getByText(/BLAKE3 is the same on both sides/)
      .waitFor(patient);
    console.log(`   50 MB in ${((Date.now() - began) / 1000).toFixed(1)} s, connecting included`);
    await isWhole(download, file);
    await fileRow(a, 'été (1).bin').getByText('BLAKE3 of the file').click();
    await fileRow(a, 'été (1).bin')
      .getByText(await blake3Of(file))
      .waitFor();
    await sending;
  });
  await story.accessible('a file that was saved', ana);
  await story.step('an empty file too', async () => {
    void tower.command('send', fileOf(server.folder, 'empty.bin', 0), '--to', self);
    const download = await saved(a, 'Save empty.bin');
    await fileRow(a, 'empty.bin').getByText('Saved').waitFor();
    expect((await download.failure()) === null, 'the download is whole');
    for (const name of ['été (1).bin', 'empty.bin'])
      await a.getByRole('button', { name: `Dismiss ${name}` }).click();
  });
}

async function interrupted({ server, story, ana }: Scene, tower: MeshAgent, self: string) {
  const a = ana.page;
  const file = fileOf(server.folder, 'long.bin', 40 * megabyte);
  let download: Download | null = null;
  await story.step('a file that comes pauses and goes on', async () => {
    await tower.command('limit', '1M');
    void tower.command('send', file, '--to', self).catch(() => undefined);
    download = await saved(a, 'Save long.bin');
    await fileRow(a, 'long.bin')
      .getByText(/[1-9]\d*% · .* MB of 40 MB · .*\/s · .* left$/)
      .waitFor();
    await fileRow(a, 'long.bin')
      .getByText(/^direct · [\d.]+ ms$/)
      .waitFor();
    await a.getByRole('button', { name: 'Pause long.bin' }).click();
    await fileRow(a, 'long.bin').getByText('Paused').waitFor();
    await a.getByRole('button', { name: 'Resume long.bin' }).click();
    await a.getByRole('button', { name: 'Pause long.bin' }).waitFor();
  });
  await story.accessible('a file that comes', ana);
  await story.step('it goes on into the same download when its machine was killed', async () => {
    await fileRow(a, 'long.bin')
      .getByText(/^[2-9]\d%/)
      .waitFor(patient);
    await tower.kill();
    await fileRow(a, 'long.bin')
      .getByText(/Tries again/)
      .waitFor(patient);
    await tower.run();
    await tower.command('limit', 'off');
    await fileRow(a, 'long.bin')
      .getByText(/were there already · BLAKE3 is the same on both sides/)
      .waitFor(patient);
    if (download) await isWhole(download, file);
    await a.getByRole('button', { name: 'Dismiss long.bin' }).click();
  });
  await story.step(
    'canceled on the page, it is offered again; the download is not kept',
    async () => {
      await tower.command('limit', '2M');
      const never = fileOf(server.folder, 'never-saved.bin', 40 * megabyte);
      void tower.command('send', never, '--to', self).catch(() => undefined);
      const begun = await saved(a, 'Save never-saved.bin');
      await fileRow(a, 'never-saved.bin').getByText(/\d%/).waitFor();
      await a.getByRole('button', { name: 'Cancel never-saved.bin' }).click();
      await fileRow(a, 'never-saved.bin').getByText('Canceled.').waitFor();
      expect((await begun.failure()) !== null, 'the download broke off');
      await a.getByRole('button', { name: 'Dismiss never-saved.bin' }).click();
      await a.getByRole('button', { name: 'Save never-saved.bin', exact: true }).waitFor();
    },
  );
  await story.step('a download that is canceled in the browser ends the transfer', async () => {
    const begun = await saved(a, 'Save never-saved.bin');
    await fileRow(a, 'never-saved.bin').getByText(/\d%/).waitFor();
    await begun.cancel();
    await fileRow(a, 'never-saved.bin').getByText('Canceled.').waitFor();
    await a.getByRole('button', { name: 'Dismiss never-saved.bin' }).click();
    await tower.command('limit', 'off');
  });
  await story.step('an offer that is refused is gone on both sides', async () => {
    await a.getByRole('button', { name: 'Refuse never-saved.bin' }).click();
    await a
      .getByRole('button', { name: 'Save never-saved.bin', exact: true })
      .waitFor({ state: 'detached' });
  });
}

/** File System Access cannot be reached without a person; a handle of the origin's own file system takes its place. */
async function chosenPlace({ server, story, ana }: Scene, tower: MeshAgent, self: string) {
  const a = ana.page;
  const file = fileOf(server.folder, 'chosen.bin', 20 * megabyte);
  await story.step('a file is written where its person wants it', async () => {
    await a.evaluate(() => {
      const picker = async ({ suggestedName }: { suggestedName: string }) =>
        (await navigator.storage.getDirectory()).getFileHandle(suggestedName, { create: true });
      Object.assign(window, { showSaveFilePicker: picker });
    });
    void tower.command('send', file, '--to', self).catch(() => undefined);
    await a.getByRole('button', { name: 'Save as…: chosen.bin' }).press('Enter');
    await fileRow(a, 'chosen.bin')
      .getByText(/BLAKE3 is the same on both sides/)
      .waitFor(patient);
    const size = await a.evaluate(async () => {
      const root = await navigator.storage.getDirectory();
      const handle = await root.getFileHandle('chosen.bin');
      return (await handle.getFile()).size;
    });
    expect(size === 20 * megabyte, `${String(size)} bytes are there`);
    await a.getByRole('button', { name: 'Dismiss chosen.bin' }).click();
  });
}

async function fetched({ server, story, ana }: Scene, tower: MeshAgent, self: string) {
  const a = ana.page;
  const path = tower.file('report.bin', 3 * megabyte);
  await story.step('what a machine does not open to this browser is not given', async () => {
    await showDevices(a, server.url, 'ana-tower');
    await a.getByRole('button', { name: 'Get a file from ana-tower' }).press('Enter');
    await a.getByLabel('Path on the machine').fill(path);
  });
  await story.accessible('the question for a path', ana);
  await story.step('the refusal says what to do', async () => {
    await a.getByRole('button', { name: 'Save', exact: true }).click();
    await fileRow(a, 'report.bin')
      .getByText(/The machine gives this browser nothing under that path/)
      .waitFor();
  });
  await story.step('after a rule on the machine the file is fetched', async () => {
    await tower.command('rules', 'add', '--from', self, '--allow-get', tower.home);
    const download = await saved(a, 'Try again: report.bin');
    await fileRow(a, 'report.bin')
      .getByText(/BLAKE3 is the same on both sides/)
      .waitFor(patient);
    await isWhole(download, path);
    await a.getByRole('button', { name: 'Dismiss report.bin' }).click();
  });
}
