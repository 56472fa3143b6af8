/** What the chapters about direct transfers share: machines by their names, files, and where they are found on the page. */
import { randomBytes } from 'node:crypto';
import { createReadStream, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, join } from 'node:path';
import type * as hashWasm from 'hash-wasm';
import type { Page } from 'playwright-core';
import { post } from './agent.ts';
import type { MeshAgent } from './mesh_agent.ts';
import { password } from './scene.ts';
import { root } from './server.ts';
import { expect } from './steps.ts';

const require = createRequire(join(root, 'client/package.json'));
const { createBLAKE3 } = require('hash-wasm') as typeof hashWasm;
export const megabyte = 1024 * 1024;
/** For what moves many bytes, or waits for somebody to come back. */
export const patient = { timeout: 120_000 };
/** A direct way is tried every minute or two, and Chromium holds it back for up to a minute after failures. */
export const heldBack = { timeout: 210_000 };

export async function blake3Of(path: string): Promise<string> {
  const hasher = await createBLAKE3();
  for await (const piece of createReadStream(path)) hasher.update(piece as Buffer);
  return hasher.digest('hex');
}

/** A file whose bytes repeat nowhere. */
export function fileOf(folder: string, name: string, bytes: number): string {
  const path = join(folder, name);
  writeFileSync(path, randomBytes(bytes));
  return path;
}

export const device = (page: Page, id: string) =>
  page.getByRole('listitem').filter({ has: page.getByRole('button', { name: `Rename ${id}` }) });
/** The row of a file by its name. */
export const fileRow = (page: Page, name: string) =>
  page
    .getByRole('listitem')
    .filter({ has: page.getByText(name, { exact: true }) })
    .last();

export async function choose(page: Page, id: string, files: readonly string[]): Promise<void> {
  const opened = page.waitForEvent('filechooser');
  await page.getByRole('button', { name: `Send files to ${id}` }).press('Enter');
  await (await opened).setFiles([...files]);
}

export const sameHash = /BLAKE3 is the same on both sides/;
export const goneOn = /were there already · BLAKE3 is the same on both sides/;

/** Until the page says so of this file, which then lies there byte for byte. */
export async function arrived(
  page: Page,
  to: MeshAgent,
  file: string,
  says: RegExp = sameHash,
): Promise<void> {
  const name = basename(file);
  await fileRow(page, name).getByText(says).waitFor(patient);
  expect((await blake3Of(to.received(name))) === (await blake3Of(file)), 'the same BLAKE3 on disk');
}

/** A machine that is called what it is, not after the host of the test. */
export async function machine(
  url: string,
  start: Promise<MeshAgent>,
  id: string,
): Promise<MeshAgent> {
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

/** Takes a machine of ana's out of her devices. */
export async function revoke(url: string, id: string): Promise<void> {
  const login = await post(url, '/api/auth/login', { username: 'ana', password });
  const answer = await fetch(`${url}/api/devices/${id}`, {
    method: 'DELETE',
    headers: { Authorization: `Bearer ${String(login.body.access_token)}` },
  });
  expect(answer.ok, `${id} is revoked`);
}

export async function showDevices(page: Page, url: string, id: string): Promise<void> {
  await page.goto(`${url}/#/devices`);
  await device(page, id).getByText('Online').waitFor();
}
