/** A story in steps: each prints one line, and the first that fails ends it; what every page shows then is told. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { barriers, type Person } from './browser.ts';
import { root } from './server.ts';

/** A page that hangs does not answer at all; what it still says comes at once. */
const answerWithinMilliseconds = 5_000;
const outlineLinesMax = 150;

export class Story {
  passed = 0;
  #told = false;
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
      await this.tell();
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

  /** After a failure, in a step or between two: where everybody is, what they see, and what happened last; once. */
  async tell(): Promise<void> {
    if (this.#told) return;
    this.#told = true;
    const folder = join(root, 'build/e2e-web');
    mkdirSync(folder, { recursive: true });
    for (const [index, person] of this.#people.entries()) {
      const { page, complaints, lately } = person;
      const path = join(folder, `failed-${String(index)}`);
      const timeout = answerWithinMilliseconds;
      console.log(`  page ${String(index)}: ${page.url()}, picture and text in ${path}.png, .html`);
      const outline = page.locator('body').ariaSnapshot({ timeout });
      for (const line of (await outline.catch(String)).split('\n').slice(0, outlineLinesMax))
        console.log(`  | ${line}`);
      for (const line of lately) console.log(`  . ${line}`);
      for (const line of complaints) console.log(`  ! ${line}`);
      await page.screenshot({ path: `${path}.png`, timeout }).catch(() => undefined);
      const html = page.locator('html').evaluate((it) => it.outerHTML, undefined, { timeout });
      writeFileSync(`${path}.html`, await html.catch(String));
    }
  }
}

export function expect(condition: boolean, what: string): void {
  if (!condition) throw new Error(`expected: ${what}`);
}
