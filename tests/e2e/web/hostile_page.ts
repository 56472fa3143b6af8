/** A page of another origin in ana's own browser: it reads nothing, changes nothing and opens no WebSocket. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Page } from 'playwright-core';
import type { Scene } from './scene.ts';
import { expect } from './steps.ts';

/** What the page tries, as text because it runs in the browser; each attempt answers what it achieved. */
const attacks = `(async (target) => {
  const body = JSON.stringify({ name: 'made by another page' });
  const attempt = (path, options) =>
    fetch(target + path, { credentials: 'include', ...options }).then(
      async (answer) => answer.type === 'opaque' ? 'opaque' : String(answer.status) + ' ' + await answer.text(),
      () => 'blocked');
  const socket = await new Promise((done) => {
    const ws = new WebSocket(target.replace('http', 'ws') + '/ws');
    ws.onopen = () => done('open');
    ws.onerror = () => done('refused');
  });
  const frame = document.createElement('iframe');
  frame.src = target + '/';
  const framed = new Promise((done) => { frame.onload = done; });
  document.body.append(frame);
  await framed;
  let inside = 'readable';
  try { void frame.contentWindow.document.title; } catch { inside = 'closed'; }
  return {
    read: await attempt('/api/account', {}),
    json: await attempt('/api/rooms', { method: 'POST', body, headers: { 'Content-Type': 'application/json', 'X-Mesh': '1' } }),
    plain: await attempt('/api/rooms', { method: 'POST', body, mode: 'no-cors', headers: { 'Content-Type': 'text/plain' } }),
    leave: await attempt('/api/auth/logout', { method: 'POST', body: '{}', mode: 'no-cors' }),
    socket,
    inside,
  };
})`;

/** A form needs no permission to be sent; its answer takes the page's place. */
const form = `((target) => {
  const form = document.createElement('form');
  form.method = 'post';
  form.action = target + '/api/rooms';
  form.enctype = 'text/plain';
  const field = document.createElement('input');
  field.name = '{"name":"made by a form","x":"';
  field.value = '"}';
  form.append(field);
  document.body.append(form);
  form.submit();
})`;

async function roomsOf(page: Page): Promise<string> {
  return (await page.evaluate("fetch('/api/rooms').then((answer) => answer.text())")) as string;
}

export async function hostilePage({ server, story, ana }: Scene): Promise<void> {
  const evil = createServer((_, answer) => {
    answer.setHeader('Content-Type', 'text/html');
    answer.end('<!doctype html><title>A harmless page</title><p>Look, kittens.</p>');
  });
  await new Promise<void>((done) => {
    evil.listen(0, '127.0.0.1', () => {
      done();
    });
  });
  const { port } = evil.address() as AddressInfo;
  const before = await roomsOf(ana.page);
  expect(before.includes('Workshop'), 'ana is signed in and has a room');
  const target = JSON.stringify(server.url);
  // Another port of the same host is the same site, so that the cookie is sent along; another host is not.
  for (const host of ['localhost', '127.0.0.1']) {
    const origin = `http://${host}:${String(port)}`;
    await story.step(`a page of ${host} on another port achieves nothing`, async () => {
      const page = await ana.context.newPage();
      await page.goto(origin);
      const got = (await page.evaluate(`${attacks}(${target})`)) as Record<string, string>;
      const wanted = { read: 'blocked', json: 'blocked', socket: 'refused', inside: 'closed' };
      for (const [name, value] of Object.entries(wanted)) {
        expect(got[name] === value, `${name} is ${value}, not ${String(got[name])}`);
      }
      await page.goto(origin);
      const answered = page.waitForResponse(`${server.url}/api/rooms`);
      await page.evaluate(`${form}(${target})`);
      expect((await answered).status() === 403, 'the form is refused');
      await page.close();
      expect((await roomsOf(ana.page)) === before, 'no room was made, and ana is still signed in');
    });
  }
  evil.close();
}
