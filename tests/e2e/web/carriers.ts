/** Two real machines with a past, one file that waits for an answer, and one on its way when a picture wants it. */
import type { Page } from 'playwright-core';
import { MeshAgent } from './mesh_agent.ts';
import type { Server } from './server.ts';
import { password } from './world.ts';

const mebibyte = 1024 * 1024;

export class Carriers {
  readonly #mine: MeshAgent;
  readonly #theirs: MeshAgent;
  #offered = 0;
  readonly #minutes: string;

  private constructor(mine: MeshAgent, theirs: MeshAgent) {
    this.#mine = mine;
    this.#theirs = theirs;
    this.#minutes = theirs.file('minutes-of-the-board-meeting-2026-11-20.pdf', 2 * mebibyte);
  }

  static async start(server: Server): Promise<Carriers> {
    const settings = { password, receive: 'auto' };
    const mine = await MeshAgent.start(server, 'ana-workstation', {
      ...settings,
      username: 'ana',
      receive: 'ask',
    });
    const theirs = await MeshAgent.start(server, 'ben-nas', { ...settings, username: 'ben' });
    const carriers = new Carriers(mine, theirs);
    // When the other machine is not there yet, the file waits and goes by itself.
    const photos = mine.file('photos-summer.zip', 40 * mebibyte);
    await mine.command('send', photos, '--to', 'ben-nas').catch(() => undefined);
    while (!/"state":\s*"done"/.test(await mine.command('transfers', '--json')));
    return carriers;
  }

  /** Returns when a file of ben's waits for ana's answer, as it does for five minutes. */
  async offer(): Promise<void> {
    if (await this.#waiting()) return;
    this.#theirs.command('send', this.#minutes, '--to', 'ana-workstation').catch(() => undefined);
    while (!(await this.#waiting()));
  }

  async #waiting(): Promise<boolean> {
    const listed = JSON.parse(await this.#mine.command('transfers', '--json')) as {
      transfers: { name: string; state: string }[];
    };
    return listed.transfers.some((it) => it.name.startsWith('minutes-') && it.state === 'waiting');
  }

  /** While `look` runs, ben shares a terminal with the room, and ana another; `allow` gives her the keyboard of his. */
  async whileSharing(room: string, look: (allow: () => Promise<void>) => Promise<void>) {
    const share = (from: MeshAgent, name: string) =>
      from.window(
        'terminal',
        'share',
        '--room',
        room,
        '--name',
        name,
        '--cols',
        '80',
        '--rows',
        '24',
      );
    const windows = [share(this.#theirs, 'backup'), share(this.#mine, 'build')];
    try {
      windows[0]?.type('clear; ls -l --color=always / | head -12; uname -sr\r');
      await look(async () => {
        for (const late = AbortSignal.timeout(15_000); !late.aborted;) {
          const list = await this.#theirs.command('terminal', 'list', '--json');
          if (/"asked":\s*\[\s*"/.test(list)) break;
        }
        await this.#theirs.command('terminal', 'allow', 'backup');
      });
    } finally {
      for (const window of windows) await window.end();
    }
  }

  /** While `look` runs, a large file is under way, slowly. */
  async whileSending(page: Page, look: () => Promise<void>): Promise<void> {
    const name = 'disk-image.raw';
    const slow = ['--to', 'ben-nas', '--limit', '24M'];
    const sending = this.#mine.command('send', this.#mine.file(name, 700 * mebibyte), ...slow);
    sending.catch(() => undefined);
    const row = page
      .getByRole('listitem')
      .filter({ hasText: name })
      .filter({ has: page.getByRole('progressbar') });
    await row.getByText(/[1-9]\d*\s?%.*\/s/).waitFor();
    await look();
    await row.locator('button').last().click();
    await sending.catch(() => undefined);
  }

  /** The path of a new file that a page may choose. */
  file(name: string, bytes: number): string {
    return this.#mine.file(name, bytes);
  }

  /** While `look` runs, ana's machine takes little at a time. */
  async whileSlow(look: () => Promise<void>): Promise<void> {
    await this.#mine.command('limit', '4M');
    await look();
    await this.#mine.command('limit', 'off');
  }

  /** While `look` runs, a file of ana's waits for that browser; it comes slowly until hurry(). */
  async whileOffering(browser: string, look: (name: string) => Promise<void>): Promise<void> {
    // Another one each time: the list still shows those of before.
    const name = `recording-of-concert-${String(++this.#offered)}.flac`;
    await this.#mine.command('limit', '2M');
    const sending = this.#mine.command('send', this.file(name, 24 * mebibyte), '--to', browser);
    sending.catch(() => undefined);
    await look(name);
    await sending.catch(() => undefined);
    await this.hurry();
  }

  async hurry(): Promise<void> {
    await this.#mine.command('limit', 'off');
  }

  async stop(): Promise<void> {
    await this.#mine.stop();
    await this.#theirs.stop();
  }
}
