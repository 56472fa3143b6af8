/** Chromium, one profile a person, and what must never happen on a page: errors, broken policies, barriers. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type * as playwright from 'playwright-core';
import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core';
import { root } from './server.ts';

const require = createRequire(join(root, 'client/package.json'));
const { chromium } = require('playwright-core') as typeof playwright;
const axeSource = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');

export function launch(): Promise<Browser> {
  return chromium.launch({
    executablePath: process.env.MESH_CHROMIUM ?? '/usr/bin/chromium',
    args: [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-3d-apis',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}

/** Failed requests are told by the browser too; a test that asks for one says so with `expected`. */
const requestFailed =
  /Failed to load resource|WebSocket connection to|Failed to establish a connection to https/;

/** What happened last on a page is kept for whoever has to find out why a step failed. */
const latelyMax = 60;

interface Heard {
  readonly type: string;
  readonly from?: string;
  readonly payload?: { readonly code?: string };
}

/** A person at a browser of their own. */
export class Person {
  readonly context: BrowserContext;
  readonly page: Page;
  readonly complaints: string[] = [];
  /** What the page said and where it went, the newest last, each with its time. */
  readonly lately: string[] = [];
  readonly #heard: Heard[] = [];

  private constructor(context: BrowserContext, page: Page) {
    this.context = context;
    this.page = page;
    page.setDefaultTimeout(15_000);
    page.on('console', (message) => {
      this.#note(`${message.type()}: ${message.text()}`);
      if (message.type() === 'error' && !requestFailed.test(message.text())) {
        this.complaints.push(message.text());
      }
    });
    page.on('pageerror', (error) => {
      this.#note(error.stack ?? String(error));
      this.complaints.push(String(error));
    });
    page.on('framenavigated', (frame) => {
      this.#note(`went to ${frame.url()}${frame === page.mainFrame() ? '' : ' in a frame'}`);
    });
    page.on('crash', () => {
      this.#note('the page crashed');
    });
    page.on('websocket', (socket) => {
      if (new URL(socket.url()).pathname !== '/ws') return;
      this.#note('a link to the server opens');
      socket.on('close', () => {
        this.#note('a link to the server is closed');
      });
      socket.on('framereceived', ({ payload }) => {
        const heard = JSON.parse(String(payload)) as Heard;
        this.#heard.push(heard);
        this.#note(`heard ${heard.type}`);
      });
    });
  }

  #note(what: string): void {
    this.lately.push(`${new Date().toISOString()} ${what}`);
    if (this.lately.length > latelyMax) this.lately.shift();
  }

  /** Whether the server has told this page so, in a system.error. */
  wasTold(code: string): boolean {
    return this.#heard.some(
      ({ type, payload }) => type === 'system.error' && payload?.code === code,
    );
  }

  /** Types of the events that came to this page from there ("device:NAME"). */
  heardFrom(from: string): string[] {
    return this.#heard.filter((it) => it.from === from).map((it) => it.type);
  }

  static async arrive(browser: Browser, options: BrowserContextOptions = {}): Promise<Person> {
    const context = await browser.newContext({
      locale: 'en-GB',
      viewport: { width: 1280, height: 800 },
      reducedMotion: 'reduce',
      ...options,
    });
    return new Person(context, await context.newPage());
  }
}

interface AxeResults {
  violations: {
    id: string;
    help: string;
    nodes: { target: unknown[]; failureSummary?: string }[];
  }[];
}

/** What axe finds on the page as it stands, worded for a report; empty when there is no barrier. */
export async function barriers(page: Page): Promise<string[]> {
  await page.evaluate(axeSource);
  const results = (await page.evaluate(
    "axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] })",
  )) as AxeResults;
  return results.violations.map(
    ({ id, help, nodes }) =>
      `${id}: ${help}: ${nodes.map((node) => `${node.target.join(' ')} (${node.failureSummary ?? ''})`).join('; ')}`,
  );
}
