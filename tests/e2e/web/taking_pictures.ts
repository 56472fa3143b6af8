import type { Page } from 'playwright-core';
import type { Carriers } from './carriers.ts';

/** What takes the pictures, as in screenshots.ts. */
interface Camera {
  readonly page: Page;
  take(name: string, hash: string, prepare?: (page: Page) => Promise<unknown>): Promise<void>;
  shoot(name: string): Promise<void>;
}

/** Files that come into this browser: asked for by a path and refused, offered, on their way, paused and there. */
export async function takingPictures(camera: Camera, carriers: Carriers): Promise<void> {
  const { page } = camera;
  await page.locator('button:enabled > svg.lucide-download').click();
  const command = await page.locator('dialog code').innerText();
  const self = /--from (\S+)/.exec(command)?.[1] ?? '';
  await page.locator('dialog input').fill('/home/ana/report.pdf');
  await camera.shoot('taking-path');
  await page.locator('dialog button[type="submit"]').click();
  const refused = page.locator('li li').filter({ hasText: 'report.pdf' });
  await refused.locator('svg.lucide-triangle-alert').waitFor();
  await camera.shoot('taking-refused');
  await refused.locator('button').last().click();
  await carriers.whileOffering(self, async (name) => {
    const row = page.locator('main section li').filter({ hasText: name });
    await camera.take('taking-offered', '#/transfers', () =>
      row.locator('button').nth(1).waitFor(),
    );
    await row.locator('button').first().click();
    await row.locator('progress').waitFor();
    await row.getByText(/\/s/).waitFor();
    await camera.shoot('taking-running');
    await row.locator('button').first().click();
    await row.locator('progress').scrollIntoViewIfNeeded();
    await camera.shoot('taking-paused');
    await row.locator('button').first().click();
    await carriers.hurry();
    await row.locator('details').waitFor({ timeout: 60_000 });
    await camera.shoot('taking-done');
    await row.locator('button').last().click();
  });
}
