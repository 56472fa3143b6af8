/** Files and checks straight from the page to a real agent, over WebTransport. */
import { createHash } from 'node:crypto';
import { createReadStream, existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { Person } from './browser.ts';
import {
  arrived,
  blake3Of,
  choose,
  device,
  fileOf,
  fileRow,
  goneOn,
  machine,
  revoke,
  megabyte,
  patient,
  sameHash,
  showDevices,
} from './direct_stage.ts';
import { FalseAgent } from './false_agent.ts';
import { folder } from './folder.ts';
import { MeshAgent } from './mesh_agent.ts';
import { enter, password, type Scene } from './scene.ts';
import { expect } from './steps.ts';
import { taking } from './taking.ts';

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
    await interrupted(scene, tower);
    await folder(scene, tower);
    await answered(scene, tower);
    await taking(scene, tower);
  } finally {
    await tower.stop();
  }
  await absent(scene);
  await hostile(scene);
}

/** What arrives is what was sent. */
async function whole({ server, story, ana }: Scene, tower: MeshAgent): Promise<void> {
  const a = ana.page;
  await story.step('a file of 50 MB, chosen by the keyboard, arrives byte for byte', async () => {
    const file = fileOf(server.folder, 'big.bin', 50 * megabyte);
    const began = Date.now();
    await choose(a, 'ana-tower', [file]);
    await fileRow(a, 'big.bin').getByText(sameHash).waitFor(patient);
    const seconds = (Date.now() - began) / 1000;
    console.log(`   50 MB in ${seconds.toFixed(1)} s, connecting included`);
    await arrived(a, tower, file);
    const hash = await blake3Of(file);
    await fileRow(a, 'big.bin').getByText('BLAKE3 of the file').click();
    await fileRow(a, 'big.bin').getByText(hash).waitFor();
  });
  await story.accessible('a file that arrived', ana);
  await story.step('several files dropped onto the machine arrive, an empty one too', async () => {
    await drop(a, 'ana-tower', {
      'été.txt': 'l’été',
      'empty.txt': '',
      'c.txt': 'c'.repeat(300_000),
    });
    for (const name of ['été.txt', 'empty.txt', 'c.txt'])
      await fileRow(a, name).getByText('Arrived').waitFor();
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

/** Cuts, pauses and changes of mind. */
async function interrupted({ server, story, ana }: Scene, tower: MeshAgent): Promise<void> {
  const a = ana.page;
  const file = fileOf(server.folder, 'cut.bin', 60 * megabyte);
  await story.step('a transfer under way shows how far it is and how fast', async () => {
    await tower.command('limit', '512K'); // it outlasts the next steps on any machine
    await choose(a, 'ana-tower', [file]);
    await fileRow(a, 'cut.bin')
      .getByText(/ MB of 60 MB · .*\/s · .* left$/)
      .waitFor();
    await fileRow(a, 'cut.bin')
      .getByText(/^direct · [\d.]+ ms$/)
      .waitFor();
  });
  await story.accessible('a file under way', ana);
  await story.step('it pauses and goes on', async () => {
    await a.getByRole('button', { name: 'Pause cut.bin' }).click();
    await fileRow(a, 'cut.bin').getByText('Paused').waitFor();
    await a.getByRole('button', { name: 'Resume cut.bin' }).click();
    await a.getByRole('button', { name: 'Pause cut.bin' }).waitFor();
  });
  await story.step('when its machine is killed and comes back, it goes on by itself', async () => {
    // What the windows of QUIC hold counts as sent: how far it is at this moment depends on the machine.
    await fileRow(a, 'cut.bin')
      .getByText(/^[2-9]\d%/)
      .waitFor(patient);
    await tower.kill();
    await fileRow(a, 'cut.bin')
      .getByText(/Tries again/)
      .waitFor(patient);
    expect(!existsSync(tower.received('cut.bin')), 'it is not there yet');
    await tower.run();
    await tower.command('limit', 'off');
    await arrived(a, tower, file, goneOn);
    await a.getByRole('button', { name: 'Dismiss cut.bin' }).click();
  });
  await story.step('chosen again after a reload of the page, it goes on where it was', async () => {
    await tower.command('limit', '2M');
    const big = fileOf(server.folder, 'reloaded.bin', 60 * megabyte);
    await choose(a, 'ana-tower', [big]);
    await fileRow(a, 'reloaded.bin')
      .getByText(/^[3-9]\d%/)
      .waitFor(patient);
    a.once('dialog', (question) => void question.accept()); // a file is under way
    await a.reload();
    await choose(a, 'ana-tower', [big]);
    await tower.command('limit', 'off');
    await arrived(a, tower, big, goneOn);
    await a.getByRole('button', { name: 'Dismiss reloaded.bin' }).click();
  });
  await story.step('it is canceled', async () => {
    await tower.command('limit', '2M');
    await choose(a, 'ana-tower', [fileOf(server.folder, 'never.bin', 60 * megabyte)]);
    await fileRow(a, 'never.bin').getByText(/\d%/).waitFor();
    await a.getByRole('button', { name: 'Cancel never.bin' }).click();
    await fileRow(a, 'never.bin').getByText('Canceled.').waitFor();
    await tower.command('limit', 'off');
    expect(!existsSync(tower.received('never.bin')), 'nothing got its name');
    await a.getByRole('button', { name: 'Dismiss never.bin' }).click();
  });
}

/** A machine whose person is asked, and one that takes nothing. */
async function answered({ server, story, ana }: Scene, tower: MeshAgent): Promise<void> {
  const a = ana.page;
  const small = fileOf(server.folder, 'asked.bin', 1000);
  await story.step('it waits for the person at the machine, who refuses', async () => {
    await tower.command('rules', 'add', '--everybody', '--take', 'ask');
    await choose(a, 'ana-tower', [small]);
    await fileRow(a, 'asked.bin').getByText('Waits for the machine’s answer').waitFor();
  });
  await story.accessible('a file that waits for an answer', ana);
  await story.step('the page learns of the refusal and can try again', async () => {
    await a.getByRole('link', { name: /Transfers.*1 file waits for you/ }).click();
    await a.getByRole('button', { name: 'Refuse asked.bin' }).click();
    await a.getByRole('link', { name: 'Devices' }).click();
    await fileRow(a, 'asked.bin').getByText('Declined.').waitFor();
    await tower.command('rules', 'add', '--everybody', '--take', 'auto');
    await a.getByRole('button', { name: 'Try again: asked.bin' }).click();
    await fileRow(a, 'asked.bin').getByText('Arrived').waitFor();
    await a.getByRole('button', { name: 'Dismiss asked.bin' }).click();
  });
}

/** A machine that is not there. */
async function absent({ story, ana }: Scene): Promise<void> {
  const a = ana.page;
  await story.step('to a machine that is offline nothing can be sent', async () => {
    const send = a.getByRole('button', { name: 'Send files to ana-tower' });
    await device(a, 'ana-tower').getByText(/^Seen/).waitFor();
    expect(await send.isDisabled(), 'the button waits for the machine');
  });
}

/** A machine that was set up anew, or somebody who says so. */
export async function changedKey({ server, story, ana }: Pick<Scene, 'server' | 'story' | 'ana'>) {
  const a = ana.page;
  const settings = { username: 'ana', password, receive: 'auto' };
  const start = () =>
    machine(server.url, MeshAgent.start(server, 'ana-known', settings), 'ana-known');
  const check = async () => {
    await showDevices(a, server.url, 'ana-known');
    await a.getByRole('button', { name: 'Check the direct connection to ana-known' }).click();
  };
  await story.step('another key under a known name stops the page with a warning', async () => {
    const before = await start();
    await check();
    await device(a, 'ana-known')
      .getByText(/^Direct connection to/)
      .waitFor(patient);
    await before.stop();
    await revoke(server.url, 'ana-known');
    rmSync(join(server.folder, 'ana-known'), { recursive: true });
  });
  const after = await start();
  await story.step('the page says that somebody may be in between', async () => {
    await check();
    await device(a, 'ana-known')
      .getByText(/^This machine has another key than last time\..* somebody may be in between/)
      .waitFor(patient);
  });
  await story.accessible('a warning of another key', ana);
  await story.step('only her word makes it go on with the new key', async () => {
    await a.getByRole('button', { name: 'Trust the new key' }).press('Enter');
    await device(a, 'ana-known')
      .getByText(/^Direct connection to/)
      .waitFor(patient);
    await after.stop();
  });
}

/** Lies and people without rights. */
async function hostile({ server, browser, story, ana }: Scene): Promise<void> {
  const a = ana.page;
  await story.step('certificates that are not those of the machine are not accepted', async () => {
    const real = await MeshAgent.start(server, 'ana-real', {
      username: 'ana',
      password,
      receive: 'auto',
    });
    const liar = await FalseAgent.connect(server.url, 'ana-false', password, await real.port());
    await showDevices(a, server.url, 'ana-false');
    await a
      .getByRole('button', {
        name: 'Check the direct connection to ana-false',
      })
      .click();
    await device(a, 'ana-false')
      .getByText(/^The machine could not be reached from here\./)
      .waitFor(patient);
    liar.end();
    await real.stop();
  });
  await changedKey({ server, story, ana });
  await story.step('nobody vouches for certificates with another key', async () => {
    expect(
      (await FalseAgent.refusal(server.url, 'ana-forger', password)) ===
        'payload.webtransport.signature',
      'the server refuses the signature',
    );
  });
  await story.step('somebody without a common room gets no session', async () => {
    const stranger = await Person.arrive(browser);
    await stranger.page.goto(server.url);
    await stranger.page.getByRole('link', { name: 'Create an account' }).click();
    await enter(stranger.page, 'mallory', password, 'Create an account');
    await stranger.page.getByText('No room yet').first().waitFor();
    const code = await stranger.page.evaluate(async () => {
      const headers = { 'Content-Type': 'application/json', 'X-Mesh': '1' };
      const body = JSON.stringify({
        kind: 'file',
        target_device_id: 'ana-tower',
      });
      const answer = await fetch('/api/p2p/sessions', {
        method: 'POST',
        headers,
        body,
      });
      return ((await answer.json()) as { error: { code: string } }).error.code;
    });
    expect(code === 'room_not_common', `refused with ${code}`);
    await stranger.context.close();
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
  await page.getByText(`Drop files or folders here to send them to ${id}`).waitFor();
  await place.dispatchEvent('drop', { dataTransfer: data });
}
