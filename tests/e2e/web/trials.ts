/**
 * What may happen to the connections of a page: certificates that change, a machine that is stopped and goes on, one that
 * ends, and a server that lies about whom to expect. On a server of its own and last, for a browser holds back after failures.
 */
import { generateKeyPairSync, sign } from 'node:crypto';
import { existsSync } from 'node:fs';
import type { Page } from 'playwright-core';
import { post } from './agent.ts';
import { Person } from './browser.ts';
import {
  arrived,
  choose,
  device,
  fileOf,
  fileRow,
  goneOn,
  machine,
  megabyte,
  patient,
  showDevices,
} from './direct_stage.ts';
import { MeshAgent } from './mesh_agent.ts';
import { password, type Scene } from './scene.ts';
import { startServer } from './server.ts';
import { expect } from './steps.ts';
import { signIn } from './world.ts';

interface Place {
  readonly urls: string[];
  readonly cert_sha256: string[];
  readonly signature: string;
  readonly public_key: string;
}

/** What the server answers a page that asks for a session. */
interface Session {
  readonly endpoints: { readonly target: { webtransport: Place } };
}

export async function trials(scene: Scene): Promise<void> {
  const server = await startServer();
  await post(server.url, '/api/auth/register', { username: 'ana', password });
  const ana = await Person.arrive(scene.browser);
  const tried = { ...scene, server, ana };
  const settings = { username: 'ana', password, receive: 'auto' };
  const tower = await machine(
    server.url,
    MeshAgent.start(server, 'ana-tower', settings),
    'ana-tower',
  );
  try {
    await signIn(ana.page, server.url, 'ana');
    await showDevices(ana.page, server.url, 'ana-tower');
    await measured(tried, tower);
    await renewed(tried, tower);
    await stopped(tried, tower);
    await ended(tried, tower);
    await lied(tried, tower);
  } finally {
    await tower.stop();
    await ana.context.close();
    await server.end();
  }
}

const checkButton = (page: Page, id: string) =>
  page.getByRole('button', { name: `Check the direct connection to ${id}` });

async function check(page: Page, id: string): Promise<void> {
  await checkButton(page, id).click();
  await device(page, id)
    .getByText(/^Direct connection to (127\.0\.0\.1|\[::1\]):\d+\./)
    .waitFor(patient);
}

interface Figures {
  readonly connections: { readonly datagrams_sent: number; readonly datagrams_received: number }[];
}

async function measured({ story, ana }: Scene, tower: MeshAgent): Promise<void> {
  await story.step('the round trip is measured by datagrams, each answered by one', async () => {
    await check(ana.page, 'ana-tower');
    const told = await tower.command('debug', 'dump_quic_stats', '--json');
    const [line] = (JSON.parse(told) as Figures).connections;
    expect(line !== undefined && line.datagrams_received >= 5, `five at least: ${told}`);
    expect(line?.datagrams_sent === line?.datagrams_received, `as many answers: ${told}`);
  });
}

/** The hashes that the server tells the next connection of the page to expect. */
async function hashesOf(page: Page, connect: () => Promise<void>): Promise<string[]> {
  const answered = page.waitForResponse('**/api/p2p/sessions');
  await connect();
  const session = (await (await answered).json()) as Session;
  return session.endpoints.target.webtransport.cert_sha256;
}

async function renewed({ server, story, ana }: Scene, tower: MeshAgent): Promise<void> {
  const a = ana.page;
  const file = fileOf(server.folder, 'steady.bin', 60 * megabyte);
  await story.step(
    'certificates are made anew while a file goes on by the same session',
    async () => {
      await a.reload();
      await tower.command('limit', '2M');
      const before = await hashesOf(a, async () => {
        await choose(a, 'ana-tower', [file]);
        await fileRow(a, 'steady.bin')
          .getByText(/^[1-9]\d*% .* left$/)
          .waitFor(patient);
      });
      let sessions = 0;
      const count = () => (sessions += 1);
      await a.route('**/api/p2p/sessions', async (route) => {
        count();
        await route.continue();
      });
      await tower.command('debug', 'renew_certificates');
      await tower.command('limit', 'off');
      await arrived(a, tower, file);
      expect(sessions === 0, 'no other session was asked for');
      await a.unroute('**/api/p2p/sessions');
      await a.reload();
      const after = await hashesOf(a, () => check(a, 'ana-tower'));
      expect(
        after.every((hash) => !before.includes(hash)),
        `the next connection expects others: ${after.join(' ')}`,
      );
    },
  );
}

async function stopped({ server, story, ana }: Scene, tower: MeshAgent): Promise<void> {
  const a = ana.page;
  const file = fileOf(server.folder, 'patience.bin', 60 * megabyte);
  await story.step(
    'a machine that is stopped is said to be silent, with a file on its way',
    async () => {
      await tower.command('limit', '1M');
      await choose(a, 'ana-tower', [file]);
      await fileRow(a, 'patience.bin')
        .getByText(/^[2-9]\d% .* left$/)
        .waitFor(patient);
      tower.signal('SIGSTOP');
      await fileRow(a, 'patience.bin')
        .getByText(/Tries again/)
        .waitFor(patient);
      await fileRow(a, 'patience.bin')
        .getByText(/^(The connection|The machine|The other machine)/)
        .first()
        .waitFor();
    },
  );
  await story.step('as soon as it goes on, so does the file, where it was', async () => {
    tower.signal('SIGCONT');
    await tower.command('limit', 'off');
    await arrived(a, tower, file, goneOn);
  });
}

/** In the browser: a session of its own, opened without the worker; answers how it ends. */
const opened = `(async (target) => {
  const headers = { 'Content-Type': 'application/json', 'X-Mesh': '1' };
  const body = JSON.stringify({ kind: 'file', target_device_id: target });
  const answer = await fetch('/api/p2p/sessions', { method: 'POST', headers, body });
  const { urls, cert_sha256 } = (await answer.json()).endpoints.target.webtransport;
  const serverCertificateHashes = cert_sha256.map((hex) =>
    ({ algorithm: 'sha-256', value: Uint8Array.from(hex.match(/../g), (it) => parseInt(it, 16)) }));
  const transport = new WebTransport(urls[0], { serverCertificateHashes });
  await transport.ready;
  window.howItEnded = transport.closed.then(
    ({ closeCode, reason }) => 'closed ' + closeCode + ' ' + reason,
    (error) => 'broken ' + error);
})`;

async function ended({ story, ana }: Scene, tower: MeshAgent): Promise<void> {
  const a = ana.page;
  await story.step('a machine that ends says so to every page before it goes', async () => {
    await a.evaluate(`${opened}('ana-tower')`);
    await tower.stop();
    const end = await a.evaluate('window.howItEnded');
    expect(end === 'closed 0 this agent stops', `not "${String(end)}"`);
    await tower.run();
    await device(a, 'ana-tower').getByText('Online').waitFor();
  });
}

/** Between the server and the page: sessions say something else about where to go and whom to believe. */
async function lying(page: Page, lie: (place: Place) => Place, work: () => Promise<void>) {
  await page.route('**/api/p2p/sessions', async (route) => {
    const answer = await route.fetch();
    const session = (await answer.json()) as Session;
    const { target } = session.endpoints;
    target.webtransport = lie(target.webtransport);
    await route.fulfill({ response: answer, json: session });
  });
  await work();
  await page.unroute('**/api/p2p/sessions');
}

async function lied({ server, story, ana }: Scene, tower: MeshAgent): Promise<void> {
  const a = ana.page;
  const secret = fileOf(server.folder, 'secret.bin', megabyte);
  const refused = async (words: RegExp) => {
    await a.reload();
    await showDevices(a, server.url, 'ana-tower');
    await choose(a, 'ana-tower', [secret]);
    await fileRow(a, 'secret.bin').getByText(words).waitFor(patient);
    await fileRow(a, 'secret.bin').getByText('Not sent').waitFor();
    expect(!existsSync(tower.received('secret.bin')), 'the machine got nothing');
  };
  await story.step('hashes that nobody signed are refused', async () => {
    const lie = (place: Place) => ({ ...place, cert_sha256: ['ab'.repeat(32), 'cd'.repeat(32)] });
    await lying(a, lie, () => refused(/^Nobody vouches for the certificate of this machine\./));
  });
  await story.accessible('a certificate for which nobody vouches', ana);
  await story.step('the key of another is refused, and the other hears nothing', async () => {
    const settings = { username: 'ana', password, receive: 'auto' };
    const thief = await MeshAgent.start(server, 'ana-thief', settings);
    let place: Place | null = null;
    a.on('response', (response) => {
      if (!response.url().endsWith('/api/p2p/sessions')) return;
      void response.json().then((session: Session) => {
        place ??= session.endpoints.target.webtransport;
      });
    });
    await machine(server.url, Promise.resolve(thief), 'ana-thief');
    await showDevices(a, server.url, 'ana-thief');
    await check(a, 'ana-thief');
    const stolen = place;
    expect(stolen !== null, 'the place of the other is known');
    await a.reload(); // its connection ends
    const told = async () =>
      JSON.parse(await thief.command('debug', 'dump_quic_stats', '--json')) as Figures;
    for (const late = AbortSignal.timeout(15_000); (await told()).connections.length > 0;)
      expect(!late.aborted, 'the connection of the check is over');
    await lying(
      a,
      (own) => stolen ?? own,
      () => refused(/^This machine has another key than last time\./),
    );
    expect((await told()).connections.length === 0, 'nobody came to the other machine');
    expect(!existsSync(thief.received('secret.bin')), 'the other got nothing');
    await thief.stop();
  });
  await story.step('so is a key that was made up, though it signs well', async () => {
    const { publicKey, privateKey } = generateKeyPairSync('ed25519');
    const lie = (place: Place) => {
      const hashes = place.cert_sha256.map((hash) => Buffer.from(hash, 'hex'));
      const text = Buffer.concat([Buffer.from('mesh-webtransport/1'), ...hashes]);
      return {
        ...place,
        public_key: publicKey.export({ type: 'spki', format: 'der' }).toString('base64url'),
        signature: sign(null, text, privateKey).toString('base64url'),
      };
    };
    await lying(a, lie, () => refused(/^This machine has another key than last time\./));
  });
  await story.step('the truth is believed again', async () => {
    await a.reload();
    await check(a, 'ana-tower');
  });
}
