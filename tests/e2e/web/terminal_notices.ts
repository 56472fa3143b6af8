/** A notification of the browser when somebody asks for a keyboard. */
import { hearNotifications, look } from './notifications.ts';
import type { Scene } from './scene.ts';
import { expect } from './steps.ts';

/** The browser tells of a question while nobody looks at the page, and only once its person wants that. */
export async function notified({ server, story, ana, ben }: Scene): Promise<void> {
  const [a, b] = [ana.page, ben.page];
  const ask = async () => {
    await b.getByRole('button', { name: /^(?:Ask for the keyboard|Ask again)$/ }).click();
    await a.getByText('ben asks for the keyboard of build.').waitFor();
    const told = await heard();
    await a.getByRole('button', { name: 'Deny ben' }).click();
    await b.getByText('The sharer said no.').waitFor();
    return told;
  };
  await a.context().grantPermissions(['notifications'], { origin: server.url });
  await a.goto(`${server.url}/#/account`);
  await a.getByRole('heading', { name: 'Account', level: 1 }).waitFor();
  await a.goto(`${server.url}/#/terminals`);
  const heard = await hearNotifications(a);
  await story.step('nobody is notified of a question who did not ask for that', async () => {
    await look(a, false);
    expect((await ask()).length === 0, 'no notification');
    await look(a, true);
  });
  await story.step('pressed once, a button makes the browser tell of questions', async () => {
    await a.getByRole('button', { name: 'Notify me of questions' }).click();
    await a.getByRole('button', { name: 'Notify me of questions' }).waitFor({ state: 'detached' });
    expect((await ask()).length === 0, 'none while the page is looked at');
    await look(a, false);
    const [told] = await ask();
    expect(
      told === 'ben asks for the keyboard: build, on ana-host. You allow it, or not.',
      `she is told who and what, not ${String(told)}`,
    );
    await look(a, true);
    await a.goto(`${server.url}/#/account`);
    await a.getByRole('radio', { name: 'Off' }).click();
    await a.goto(`${server.url}/#/terminals`);
  });
}
