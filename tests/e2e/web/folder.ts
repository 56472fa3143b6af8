/** A folder straight from the page to a real agent. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { blake3Of, fileOf, fileRow, megabyte, patient, showDevices } from './direct_stage.ts';
import type { MeshAgent } from './mesh_agent.ts';
import type { Scene } from './scene.ts';
import { expect } from './steps.ts';

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
}
