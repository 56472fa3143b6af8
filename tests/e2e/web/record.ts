/**
 * Takes down what a browser says to an agent's port, as a vector of tests/vectors/browsers: its control stream, the request
 * for a session, streams both ways, a datagram, and the end.
 *
 * usage: node record.ts chromium|firefox   (after tools/build.sh dev mesh-record-browser; the programs are $MESH_CHROMIUM and
 * $MESH_FIREFOX, otherwise Debian's)
 */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { launch } from './browser.ts';
import { root } from './server.ts';

const name = process.argv[2] === 'firefox' ? 'firefox' : 'chromium';
const program = {
  chromium: process.env.MESH_CHROMIUM ?? '/usr/bin/chromium',
  firefox: process.env.MESH_FIREFOX ?? '/usr/bin/firefox-esr',
}[name];

/** Runs in the page; what an agent hears of it stands in `wanted` below. */
const script = `(async ({ port, hash }) => {
  const value = Uint8Array.from(hash.match(/../g), (it) => parseInt(it, 16));
  const transport = new WebTransport('https://127.0.0.1:' + port + '/mesh', {
    serverCertificateHashes: [{ algorithm: 'sha-256', value }],
  });
  await transport.ready;
  const bytes = (text) => new TextEncoder().encode(text);
  const greeting = await transport.incomingUnidirectionalStreams.getReader().read();
  await greeting.value.getReader().read();
  for (const text of ['the first', 'the second']) {
    const { writable } = await transport.createBidirectionalStream();
    const writer = writable.getWriter();
    await writer.write(bytes(text));
    await writer.close();
  }
  const { datagrams } = transport;
  await (datagrams.writable ?? datagrams.createWritable()).getWriter().write(bytes('a datagram'));
  await new Promise((done) => setTimeout(done, 300));
  transport.close({ closeCode: 7, reason: 'bye' });
})`;

const recorder = spawn(join(root, 'build/dev/bin/mesh-record-browser'), {
  stdio: ['ignore', 'pipe', 'inherit'],
});
const lines = createInterface({ input: recorder.stdout })[Symbol.asyncIterator]();
const line = async () => JSON.parse(String((await lines.next()).value)) as unknown;
const { port, cert_sha256: hash } = (await line()) as { port: number; cert_sha256: string };

const server = createServer((_, answer) => {
  answer.setHeader('Content-Type', 'text/html');
  answer.end(
    `<!doctype html><title>x</title><script>${script}(${JSON.stringify({ port, hash })})</script>`,
  );
});
await new Promise<void>((done) => {
  server.listen(0, '127.0.0.1', done);
});
const origin = `http://localhost:${String((server.address() as AddressInfo).port)}`;
const heard = await (name === 'chromium' ? byChromium() : byFirefox());

const version = execFileSync(program, ['--version'], { encoding: 'utf8' }).trim();
const vector = {
  about: `Recorded by tests/e2e/web/record.ts ${name} on ${new Date().toISOString().slice(0, 10)}: every byte that ${version} (Debian, headless) sent on its streams and in its datagrams, as it came out of QUIC, in order.`,
  origin,
  heard,
  wanted: {
    streams: ['the first', 'the second'],
    datagrams: ['a datagram'],
    ended: 'the page closed it',
  },
};
const folder = join(root, 'tests/vectors/browsers');
mkdirSync(folder, { recursive: true });
writeFileSync(join(folder, `${name}.json`), `${JSON.stringify(vector, null, 2)}\n`);
server.close();

async function byChromium(): Promise<unknown> {
  const browser = await launch();
  const page = await browser.newPage();
  await page.goto(origin);
  const told = await line();
  await browser.close();
  return told;
}

async function byFirefox(): Promise<unknown> {
  const profile = mkdtempSync(join(tmpdir(), 'mesh-record-'));
  const browser: ChildProcess = spawn(program, ['--headless', '--profile', profile, origin], {
    env: { ...process.env, HOME: profile },
    stdio: 'ignore',
  });
  const gone = new Promise((done) => browser.once('exit', done));
  const told = await line();
  browser.kill('SIGTERM');
  await gone;
  rmSync(profile, { recursive: true, force: true });
  return told;
}
