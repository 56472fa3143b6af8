/** What every chapter about terminals does. */
import type { Page } from 'playwright-core';
import { post } from './agent.ts';
import type { MeshAgent } from './mesh_agent.ts';
import { password } from './scene.ts';
import { expect } from './steps.ts';

/** The room whose people see the terminal. */
export interface Yard {
  readonly id: string;
  readonly name: string;
}

/** The letters on the screen of the terminal. */
export const screen = (page: Page) => page.locator('.xterm-rows');

export async function shows(page: Page, text: string): Promise<void> {
  await screen(page).filter({ hasText: text }).waitFor();
}

/** Keys go to the terminal. */
export async function type(page: Page, text: string): Promise<void> {
  await page.locator('.xterm-helper-textarea').focus();
  await page.keyboard.type(text);
}

/** One more person of the room that ana made for terminals. */
export async function joined(url: string, room: Yard, username: string): Promise<void> {
  const made = await post(url, '/api/auth/register', { username, password });
  const login = await post(url, '/api/auth/login', { username: 'ana', password });
  const token = String(login.body.access_token);
  expect(made.status === 201 || made.status === 200, `${username} is registered`);
  await post(url, `/api/rooms/${room.id}/members`, { username }, token);
}

/** As soon as the question has come to the machine. */
export async function allowed(host: MeshAgent, ...more: string[]): Promise<void> {
  for (const late = AbortSignal.timeout(15_000); !late.aborted;) {
    const list = JSON.parse(await host.command('terminal', 'list', '--json')) as {
      shared: { asked: unknown[] }[];
    };
    if (list.shared.some(({ asked }) => asked.length > 0)) break;
  }
  await host.command('terminal', 'allow', 'build', ...more);
}

/** Whether so many windows and pages look at it, within 15 seconds. */
export async function watched(host: MeshAgent, count: number): Promise<boolean> {
  for (const late = AbortSignal.timeout(15_000); !late.aborted;) {
    const list = JSON.parse(await host.command('terminal', 'list', '--json')) as {
      shared: { watching: unknown[] }[];
    };
    if (list.shared.some(({ watching }) => watching.length === count)) return true;
  }
  return false;
}
