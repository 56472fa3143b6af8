import type { Page } from 'playwright-core';
import type { Carriers } from './carriers.ts';
import type { World } from './world.ts';

/** What takes the pictures, as in screenshots.ts. */
interface Camera {
  readonly page: Page;
  take(name: string, hash: string, prepare?: (page: Page) => Promise<unknown>): Promise<void>;
  shoot(name: string): Promise<void>;
}

/** The list, a terminal in preview, and with the keyboard. */
export async function terminalPictures(camera: Camera, world: World, carriers: Carriers) {
  const { page } = camera;
  await camera.take('terminals-none', '#/terminals', (it) =>
    it.locator('main svg.lucide-square-terminal').first().waitFor(),
  );
  await carriers.whileSharing('Workshop', async (allow) => {
    await camera.take('terminals', '#/terminals', (it) => it.locator('main li').nth(1).waitFor());
    await camera.take('terminal', `#/terminals/ben-nas/backup?room=${world.roomId}`, (it) =>
      it.locator('.xterm-rows').filter({ hasText: 'Linux' }).waitFor(),
    );
    await page.locator('button > svg.lucide-keyboard').click();
    await allow();
    await page.getByRole('timer').waitFor();
    await camera.shoot('terminal-keyboard');
  });
}
