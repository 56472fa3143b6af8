/** A story in steps: each prints one line, and the first that fails ends it with a picture of every page. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { barriers, type Person } from './browser.ts';
import { root } from './server.ts';

export class Story {
  passed = 0;
  readonly #people: readonly Person[];

  constructor(people: readonly Person[]) {
    this.#people = people;
  }

  async step(name: string, work: () => Promise<void>): Promise<void> {
    try {
      await work();
      this.#quiet();
    } catch (thrown) {
      console.log(`FAIL ${name}`);
      await this.#picture();
      throw thrown;
    }
    this.passed += 1;
    console.log(`ok ${name}`);
  }

  /** axe finds nothing on the page as it stands. */
  async accessible(name: string, person: Person): Promise<void> {
    await this.step(`${name} has no barrier that axe finds`, async () => {
      const found = await barriers(person.page);
      if (found.length > 0) throw new Error(found.join('\n'));
    });
  }

  #quiet(): void {
    for (const { complaints } of this.#people) {
      if (complaints.length > 0) throw new Error(`the page complained: ${complaints.join('\n')}`);
    }
  }

  async #picture(): Promise<void> {
    const folder = join(root, 'build/e2e-web');
    mkdirSync(folder, { recursive: true });
    for (const [index, { page }] of this.#people.entries()) {
      const path = join(folder, `failed-${String(index)}.png`);
      await page.screenshot({ path }).catch(() => undefined);
      console.log(`  page ${String(index)}: ${page.url()}, picture in ${path}`);
    }
  }
}

export function expect(condition: boolean, what: string): void {
  if (!condition) throw new Error(`expected: ${what}`);
}
