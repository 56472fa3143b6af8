/** Who is on stage, and the moves that every chapter uses. */
import type { Browser, Page } from 'playwright-core';
import type { Person } from './browser.ts';
import type { Server } from './server.ts';
import type { Story } from './steps.ts';

export interface Scene {
  readonly server: Server;
  readonly browser: Browser;
  readonly story: Story;
  readonly ana: Person;
  readonly ben: Person;
}

export const password = 'correct horse';

export const log = (page: Page) => page.getByRole('log');
export const row = (page: Page, text: string) =>
  log(page).getByRole('article').filter({ hasText: text });
export const composer = (page: Page) => page.getByRole('textbox', { name: /^Write to/ });

export async function say(page: Page, text: string): Promise<void> {
  await composer(page).fill(text);
  await composer(page).press('Enter');
}

/** Fills the form of the sign-in, registration or invitation page and presses its button. */
export async function enter(page: Page, name: string, secret: string, button: string) {
  await page.getByLabel('Username').fill(name);
  await page.getByLabel('Password', { exact: true }).fill(secret);
  await page.getByRole('button', { name: button }).click();
}
