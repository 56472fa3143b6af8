/**
 * Pictures of every page and state, in both languages, on a desktop and a phone: build/screenshots/. Fails when axe
 * finds a barrier in one of them, or when one is wider than its screen.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { barriers, launch, Person } from './browser.ts';
import { Carriers } from './carriers.ts';
import { root, startServer, type Server } from './server.ts';
import { takingPictures } from './taking_pictures.ts';
import { terminalPictures } from './terminal_pictures.ts';
import { askToBeLetIn, makeWorld, signIn, type World } from './world.ts';

const languages = { en: 'en-GB', fr: 'fr-FR' } as const;
const screens = {
  desktop: { viewport: { width: 1440, height: 900 } },
  phone: { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true },
} as const;
const folder = join(root, 'build/screenshots');
const faults: string[] = [];

class Camera {
  readonly page: Page;
  readonly #prefix: string;
  readonly #url: string;

  constructor(page: Page, prefix: string, url: string) {
    this.page = page;
    this.#prefix = prefix;
    this.#url = url;
  }

  /** Goes there, waits for the page's content and what `prepare` asks for, and takes the picture. */
  async take(name: string, hash: string, prepare?: (page: Page) => Promise<unknown>) {
    await this.page.goto(`${this.#url}/${hash}`);
    await this.page.locator('h1').first().waitFor();
    await prepare?.(this.page);
    await this.shoot(name);
  }

  async shoot(name: string) {
    await this.page.evaluate(() => document.fonts.ready);
    await this.page.screenshot({ path: join(folder, `${this.#prefix}-${name}.png`) });
    const found = await barriers(this.page);
    if (await this.page.evaluate(() => document.documentElement.scrollWidth > innerWidth))
      found.push('wider than the screen');
    faults.push(...found.map((fault) => `${this.#prefix}-${name}: ${fault}`));
  }
}

const content = (page: Page) => page.locator('main').waitFor();

async function signedOut(camera: Camera, world: World) {
  await camera.take('login', '#/login');
  await camera.take('register', '#/register');
  await camera.take('setup', '#/setup/example');
  await camera.take('invite', `#/invite/${world.inviteCode}`, (page) =>
    page.locator('input[name="username"]').waitFor(),
  );
  await camera.take('invite-invalid', '#/invite/none', (page) => page.getByRole('alert').waitFor());
  await camera.take('login-refused', '#/login', async (page) => {
    await page.locator('input[name="username"]').fill('ana');
    await page.locator('input[name="password"]').fill('nothing like it');
    await page.locator('button[type="submit"]').click();
    await page.getByRole('alert').waitFor();
  });
}

/** A guest asks, waits, and stands at the door of a room until `meanwhile` is done. */
async function visit(camera: Camera, world: World, meanwhile: () => Promise<void>) {
  const { page } = camera;
  await camera.take('invite-guest', `#/invite/${world.guestCode}`, (it) =>
    it.locator('input[name="name"]').fill('Paul'),
  );
  await page.locator('button[type="submit"]').click();
  await page.locator('svg.lucide-door-open').waitFor();
  await camera.shoot('guest-waiting');
  await meanwhile();
  await page.locator('main button').last().click();
  await page.locator('svg.lucide-door-open').waitFor({ state: 'detached' });
}

async function signedIn(camera: Camera, world: World, carriers: Carriers, phone: boolean) {
  const { page } = camera;
  const room = `#/rooms/${world.roomId}`;
  if (phone) {
    await page.goto(new URL('#/', page.url()).href);
    await page.locator('main li').first().waitFor();
    await camera.shoot('rooms');
  }
  await camera.take('room', room, (it) => it.getByRole('article').last().waitFor());
  await camera.take('room-draft', room, async (it) => {
    await it.locator('[data-key="write"]').fill('One line\nand a second one, begun and not sent');
  });
  await camera.take('room-panel', room, async (it) => {
    await it.locator('[data-key="people"]').click();
    await it.getByRole('complementary').getByRole('button').nth(1).waitFor();
  });
  const aside = page.locator('aside');
  await aside
    .getByRole('button')
    .filter({ has: page.locator('svg.lucide-user-plus') })
    .click();
  await camera.shoot('invite-terms');
  await page.locator('dialog button[type="submit"]').click();
  await page.locator('dialog button[aria-expanded]').click();
  await page.getByRole('img', { name: /QR/ }).waitFor();
  await camera.shoot('invite-qr');
  await page.locator('dialog li button').last().click();
  await page.keyboard.press('Escape');
  await aside
    .getByRole('button')
    .filter({ has: page.locator('svg.lucide-shield-check') })
    .click();
  await page.locator('dialog table').waitFor();
  await camera.shoot('rights');
  await page.keyboard.press('Escape');
  await aside
    .getByRole('button')
    .filter({ has: page.locator('svg.lucide-door-open') })
    .click();
  await camera.shoot('leave');
  await page.keyboard.press('Escape');
  await aside.getByRole('button').first().click();
  await camera.take('direct', `#/rooms/${world.directRoomId}`, (it) =>
    it.getByRole('article').last().waitFor(),
  );
  await camera.take('room-empty', `#/rooms/${world.emptyRoomId}`, content);
  await camera.take('room-gone', '#/rooms/rom_none', content);
  await camera.take('devices', '#/devices', (it) => it.locator('details').first().waitFor());
  await page.locator('svg.lucide-shield-alert').first().click();
  await camera.shoot('lost-question');
  await page.keyboard.press('Escape');
  await straight(camera, carriers);
  await camera.take('devices', '#/devices', (it) => it.locator('details').first().waitFor());
  await takingPictures(camera, carriers);
  await camera.take('devices-add', '#/devices', async (it) => {
    await it.locator('header button').last().click();
    await it.locator('dialog code').waitFor();
  });
  await carriers.offer();
  await camera.take('transfers', '#/transfers', (it) => it.locator('li details').first().waitFor());
  await carriers.whileSending(page, async () => {
    await camera.shoot('transfers-running');
    await camera.take('room-sharing', room, async (it) => {
      await it.locator('[data-key="people"]').click();
      await aside.locator('svg.lucide-arrow-up-from-line').first().waitFor();
    });
    await aside.getByRole('button').first().click();
    await page.goto(new URL('#/transfers', page.url()).href);
  });
  await terminalPictures(camera, world, carriers);
  await camera.take('confirm', '#/devices/confirm', content);
  const code = await askToBeLetIn(new URL(page.url()).origin);
  await page.goto('about:blank');
  await camera.take('confirm-question', `#/devices/confirm?code=${code}`, (it) =>
    it.locator('dl').waitFor(),
  );
  await camera.take('account', '#/account', (it) => it.locator('[data-row]').first().waitFor());
  if (!phone) {
    await camera.take('switcher', room, (it) => it.keyboard.press('Control+k'));
    await camera.take('keys', '#/account', async (it) => {
      await it.keyboard.press('Escape');
      await it.keyboard.press('?');
      await it.locator('dialog').waitFor();
    });
    await page.keyboard.press('Escape');
  }
  await waitingAndFailing(camera, room);
  await camera.take('unknown', '#/nowhere', content);
  for (const theme of ['light', 'contrast']) {
    await page.evaluate((name) => {
      localStorage.setItem('mesh.theme', name);
    }, theme);
    await page.goto('about:blank');
    await camera.take(`room-${theme}`, room, (it) => it.getByRole('article').last().waitFor());
    await camera.take(`transfers-${theme}`, '#/transfers', (it) =>
      it.locator('li details').first().waitFor(),
    );
    await camera.take(`devices-${theme}`, '#/devices', (it) =>
      it.locator('details').first().waitFor(),
    );
  }
  await page.evaluate(() => {
    localStorage.removeItem('mesh.theme');
  });
  await page.goto('about:blank');
}

/** What goes straight from the page to a machine: a check, files under way and done, and a browser that cannot go straight. */
async function straight(camera: Camera, carriers: Carriers) {
  const { page } = camera;
  await page.locator('button:enabled > svg.lucide-activity').click();
  await page.getByText(/127\.0\.0\.1:\d+|\[::1\]:\d+/).waitFor();
  await camera.shoot('direct-checked');
  const input = page.locator(
    'li:has(button:enabled > svg.lucide-activity) input[type="file"][multiple]',
  );
  await carriers.whileSlow(async () => {
    await input.setInputFiles([
      carriers.file('interview-with-the-builders.flac', 40 * 1024 * 1024),
      carriers.file('plan.pdf', 70_000),
    ]);
    await page.locator('li progress').locator('..').getByText(/\/s/).waitFor();
    await page.locator('li progress').scrollIntoViewIfNeeded();
    await camera.shoot('direct-running');
  });
  await page.locator('li li details').last().waitFor();
  await camera.shoot('direct-done');
  for (const name of ['interview-with-the-builders.flac', 'plan.pdf'])
    await page.locator('li li').filter({ hasText: name }).locator('button').last().click();
  await page.addInitScript(() => {
    if (sessionStorage.getItem('old') !== null) Reflect.deleteProperty(window, 'WebTransport');
  });
  await page.evaluate(() => {
    sessionStorage.setItem('old', 'yes');
  });
  await page.reload();
  await page.locator('details').first().waitFor();
  await camera.shoot('direct-without-webtransport');
  await page.evaluate(() => {
    sessionStorage.removeItem('old');
  });
  await page.reload();
}

/** Pages whose content does not come yet, and pages whose content cannot come. */
async function waitingAndFailing(camera: Camera, room: string) {
  const { page } = camera;
  const pages = [
    ['devices', '#/devices', '**/api/devices*'],
    ['room', room, '**/api/rooms/*/messages*'],
  ] as const;
  for (const [name, hash, asked] of pages) {
    await page.goto('about:blank');
    await page.route(asked, () => undefined);
    await camera.take(`${name}-loading`, hash, (it) => it.getByRole('status').first().waitFor());
    await page.unrouteAll();
    await page.goto('about:blank');
    await page.route(asked, (route) => route.fulfill({ status: 500, body: '' }));
    await camera.take(`${name}-failed`, hash, (it) => it.getByRole('alert').first().waitFor());
    await page.unrouteAll();
  }
  await page.goto('about:blank');
}

async function withoutServer(camera: Camera, server: Server, world: World) {
  await camera.take('room-before-loss', `#/rooms/${world.roomId}`, (page) =>
    page.getByRole('article').last().waitFor(),
  );
  await server.stop();
  const { page } = camera;
  await page
    .getByRole('status')
    .filter({ has: page.locator('button') })
    .waitFor();
  await page.locator('[data-key="write"]').fill('This one waits');
  await page.locator('[data-key="write"]').press('Enter');
  await camera.shoot('room-offline');
  await server.start();
}

async function session(
  browser: Browser,
  server: Server,
  world: World,
  carriers: Carriers,
  language: keyof typeof languages,
) {
  for (const [screen, options] of Object.entries(screens)) {
    const person = await Person.arrive(browser, { ...options, locale: languages[language] });
    const camera = new Camera(person.page, `${language}-${screen}`, server.url);
    await signedOut(camera, world);
    await signIn(person.page, server.url, 'ana');
    const guest = await Person.arrive(browser, { ...options, locale: languages[language] });
    const outside = new Camera(guest.page, `${language}-${screen}`, server.url);
    await visit(outside, world, () =>
      camera.take('room-door', `#/rooms/${world.emptyRoomId}`, (page) =>
        page.locator('svg.lucide-door-open').first().waitFor(),
      ),
    );
    await guest.context.close();
    await signedIn(camera, world, carriers, screen === 'phone');
    await withoutServer(camera, server, world);
    await person.context.close();
  }
}

/** What a person sees whose machines are away. */
async function withoutMachines(browser: Browser, server: Server) {
  for (const [language, locale] of Object.entries(languages)) {
    for (const [screen, options] of Object.entries(screens)) {
      const chloe = await Person.arrive(browser, { ...options, locale });
      await signIn(chloe.page, server.url, 'chloe');
      const camera = new Camera(chloe.page, `${language}-${screen}`, server.url);
      await camera.take('transfers-no-machine', '#/transfers', (page) =>
        page.locator('main a[href="#/devices"]').waitFor(),
      );
      await chloe.context.close();
    }
  }
}

mkdirSync(folder, { recursive: true });
const server = await startServer();
const browser = await launch();
try {
  const world = await makeWorld(server.url);
  await withoutMachines(browser, server);
  const carriers = await Carriers.start(server);
  for (const language of ['en', 'fr'] as const)
    await session(browser, server, world, carriers, language);
  await carriers.stop();
  console.log(`${faults.length === 0 ? 'ok ' : ''}pictures in ${folder}`);
  for (const fault of faults) console.log(`FAIL ${fault}`);
  process.exitCode = faults.length > 0 ? 1 : 0;
} finally {
  await browser.close();
  await server.end();
}
