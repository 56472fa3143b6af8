/** A machine that the page cannot reach: through the server's relay, which reads nothing, until there is a direct way. */
import { readFileSync } from 'node:fs';
import type { Browser } from 'playwright-core';
import {
  blake3Of,
  choose,
  fileOf,
  fileRow,
  machine,
  megabyte,
  heldBack,
  patient,
  revoke,
  showDevices,
} from './direct_stage.ts';
import { Person } from './browser.ts';
import { MeshAgent } from './mesh_agent.ts';
import { Middlebox } from './middlebox.ts';
import { password, type Scene } from './scene.ts';
import { expect } from './steps.ts';
import { browserId, isWhole, saved, showTransfers } from './taking.ts';
import { screen, shows, type } from './terminal_stage.ts';
import type { Window } from './window.ts';
import { signIn } from './world.ts';

const blockBytes = 16;

/** Whether any 16 bytes of the file, from a multiple of 16 on, stand anywhere in what was taken down. */
function holdsAnyOf(file: string, taken: Buffer): boolean {
  const content = readFileSync(file).toString('latin1');
  const blocks = new Set<string>();
  for (let at = 0; at + blockBytes <= content.length; at += blockBytes)
    blocks.add(content.slice(at, at + blockBytes));
  const text = taken.toString('latin1');
  for (let at = 0; at + blockBytes <= text.length; at++)
    if (blocks.has(text.slice(at, at + blockBytes))) return true;
  return false;
}

async function relayedBytes(url: string): Promise<number> {
  const metrics = await (await fetch(`${url}/metrics`)).text();
  return Number(/^mesh_relayed_bytes_total (\S+)$/m.exec(metrics)?.[1] ?? Number.NaN);
}

export async function relayed(scene: Scene): Promise<void> {
  const { server } = scene;
  const box = await Middlebox.before(Number(new URL(server.url).port));
  try {
    await through(scene, box);
  } finally {
    box.end();
  }
}

async function through(scene: Scene, box: Middlebox): Promise<void> {
  const { server, story, ana } = scene;
  const a = ana.page;
  const settings = { username: 'ana', password, receive: 'auto' };
  const starting = MeshAgent.start({ url: box.url, folder: server.folder }, 'ana-cellar', settings);
  const cellar = await machine(server.url, starting, 'ana-cellar');
  const check = a.getByRole('button', { name: 'Check the direct connection to ana-cellar' });
  try {
    await box.hide(await cellar.port());
    const self = await browserId(a, server.url);
    await story.step('a relay that puts in a key of its own is not believed', async () => {
      box.lies = true;
      await showDevices(a, server.url, 'ana-cellar');
      await check.click();
      await a
        .getByText(/^Somebody between here and the machine changed what was sent\./)
        .waitFor(patient);
      box.lies = false;
    });
    await story.accessible('a relay that lied', ana);
    await story.step('a machine without an open port is reached through the relay', async () => {
      await check.click();
      await a
        .getByText(
          /^No direct way: through the server, which cannot read it\. Round trip [\d.]+ ms\.$/,
        )
        .waitFor(patient);
    });
    await story.step('a file goes through the relay byte for byte, and is marked so', async () => {
      const file = fileOf(server.folder, 'through.bin', 4 * megabyte);
      const before = await relayedBytes(server.url);
      box.relayed.length = 0;
      await choose(a, 'ana-cellar', [file]);
      const row = fileRow(a, 'through.bin');
      await row.getByText(/BLAKE3 is the same on both sides/).waitFor(patient);
      expect(
        (await blake3Of(cellar.received('through.bin'))) === (await blake3Of(file)),
        'the same BLAKE3',
      );
      const taken = Buffer.concat(box.relayed);
      expect(taken.length > 4 * megabyte, `${String(taken.length)} bytes were taken down`);
      expect(!holdsAnyOf(file, taken), 'nothing of the file can be read there');
      expect((await relayedBytes(server.url)) - before > 4 * megabyte, 'the server counted it');
      await a.getByRole('button', { name: 'Dismiss through.bin' }).click();
    });
    await story.step('a file comes through the relay into a download', async () => {
      const file = fileOf(server.folder, 'cellar.bin', 4 * megabyte);
      box.relayed.length = 0;
      const sending = cellar.command('send', file, '--to', self);
      sending.catch(() => undefined);
      await showTransfers(a, server.url);
      const download = await saved(a, 'Save cellar.bin');
      await fileRow(a, 'cellar.bin')
        .getByText(/BLAKE3 is the same on both sides/)
        .waitFor(patient);
      await isWhole(download, file);
      await sending;
      expect(
        !holdsAnyOf(file, Buffer.concat(box.relayed)),
        'nothing of the file can be read there',
      );
      await a.getByRole('button', { name: 'Dismiss cellar.bin' }).click();
    });
    await terminalThrough(scene, cellar, box);
    await story.step('as soon as there is a direct way, the file goes on by it', async () => {
      await showDevices(a, server.url, 'ana-cellar');
      await cellar.command('limit', '256K'); // it outlasts two tries at a direct way
      const file = fileOf(server.folder, 'upgrade.bin', 60 * megabyte);
      await choose(a, 'ana-cellar', [file]);
      const row = fileRow(a, 'upgrade.bin');
      await row.getByText(/^relayed · [\d.]+ ms$/).waitFor(patient);
      await story.accessible('a file that is relayed', ana);
      box.show();
      await row.getByText(/^direct · [\d.]+ ms$/).waitFor(heldBack);
      await cellar.command('limit', 'off');
      await row.getByText(/were there already · BLAKE3 is the same on both sides/).waitFor(patient);
      expect(
        (await blake3Of(cellar.received('upgrade.bin'))) === (await blake3Of(file)),
        'the same BLAKE3',
      );
      await a.getByRole('button', { name: 'Dismiss upgrade.bin' }).click();
    });
    await withoutWebTransport(scene, cellar);
  } finally {
    await cellar.stop();
    await revoke(server.url, 'ana-cellar');
  }
}

type Stage = Pick<Scene, 'server' | 'browser' | 'story'>;

/** A terminal of the machine, on its page at `#/terminals/ana-cellar/vault`. */
async function sharing(cellar: MeshAgent, work: (window: Window) => Promise<void>): Promise<void> {
  const window = cellar.window('terminal', 'share', '--room', 'Workshop', '--name', 'vault');
  try {
    await window.waitFor('vault');
    await work(window);
  } finally {
    await window.end();
  }
}

async function terminalThrough({ server, story, ana }: Scene, cellar: MeshAgent, box: Middlebox) {
  const a = ana.page;
  await sharing(cellar, async (window) => {
    await story.step(
      'a terminal is seen and typed into through the relay, and marked so',
      async () => {
        await a.goto(`${server.url}/#/terminals/ana-cellar/vault`);
        await a.getByText(/^relayed · [\d.]+ ms$/).waitFor(patient);
        window.type("echo un''der\r");
        await shows(a, 'under');
        await a.getByRole('button', { name: 'Ask for the keyboard' }).click();
        await asked(cellar);
        await cellar.command('terminal', 'allow', 'vault');
        await a.getByText('You have the keyboard').waitFor();
        await type(a, "echo ab''ove\n");
        await window.waitFor('above');
      },
    );
    await story.accessible('a terminal that is relayed', ana);
    await story.step('over a slow way letters are seen before their echo, underlined', async () => {
      const foreseen = a.locator('[data-foreseen]');
      box.delayMilliseconds = 100;
      await a.getByText(/^relayed · [2-9]\d\d(?:\.\d+)? ms$/).waitFor(patient);
      await type(a, 'echo far'); // a first echo is waited for: it could be a password
      await shows(a, 'echo far');
      await foreseen.waitFor({ state: 'hidden' });
      const release = box.hold();
      try {
        await type(a, 'away');
        await foreseen.filter({ hasText: 'away' }).waitFor();
        const line = await foreseen
          .locator('span')
          .first()
          .evaluate((it) => getComputedStyle(it).textDecorationLine);
        expect(line === 'underline', `it is underlined: ${line}`);
        expect(!(await screen(a).innerText()).includes('faraway'), 'its echo has not come');
      } finally {
        release();
        box.delayMilliseconds = 0;
      }
      await shows(a, 'faraway');
      await foreseen.waitFor({ state: 'hidden' });
      await type(a, '\n');
    });
  });
}

/** Until somebody's question for the keyboard has come to the machine. */
async function asked(cellar: MeshAgent): Promise<void> {
  for (const late = AbortSignal.timeout(15_000); !late.aborted;) {
    const list = await cellar.command('terminal', 'list', '--json');
    if (/"asked":\s*\[\s*"/.test(list)) return;
  }
}

/**
 * Neither its pages nor their workers have it. A worker whose script does not come from the server itself needs the
 * permission for local addresses.
 */
async function olderBrowser(browser: Browser): Promise<Person> {
  const person = await Person.arrive(browser, { permissions: ['local-network-access'] });
  const remove = 'Reflect.deleteProperty(self, "WebTransport");';
  await person.context.addInitScript(remove);
  await person.context.route('**/direct_worker-*.js', async (route) => {
    const answer = await route.fetch();
    await route.fulfill({ contentType: 'text/javascript', body: remove + (await answer.text()) });
  });
  return person;
}

async function withoutWebTransport({ server, browser, story }: Stage, cellar: MeshAgent) {
  const ana = await olderBrowser(browser);
  const a = ana.page;
  await story.step(
    'a browser without WebTransport says so, and sends files by the relay',
    async () => {
      await signIn(a, server.url, 'ana');
      await showDevices(a, server.url, 'ana-cellar');
      await a
        .getByText(/^This browser cannot reach machines by itself \(WebTransport is missing\)/)
        .waitFor();
      const file = fileOf(server.folder, 'without.bin', 2 * megabyte);
      await choose(a, 'ana-cellar', [file]);
      await fileRow(a, 'without.bin')
        .getByText(/BLAKE3 is the same on both sides/)
        .waitFor(patient);
      await fileRow(a, 'without.bin')
        .getByText(/^relayed/)
        .waitFor();
      expect(
        (await blake3Of(cellar.received('without.bin'))) === (await blake3Of(file)),
        'the same BLAKE3',
      );
    },
  );
  await story.accessible('the devices of a browser without WebTransport', ana);
  await sharing(cellar, async (window) => {
    await story.step('so it does with terminals', async () => {
      await a.goto(`${server.url}/#/terminals/ana-cellar/vault`);
      await a.getByText(/^relayed · [\d.]+ ms$/).waitFor(patient);
      window.type("echo with''out\r");
      await shows(a, 'without');
    });
  });
  await ana.context.close();
}
