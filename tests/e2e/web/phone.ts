/** The same on a phone: one column, a bar at the bottom, no keyboard but the one of the screen. */
import { Person } from './browser.ts';
import { composer, password, row, type Scene } from './scene.ts';
import { expect } from './steps.ts';

export async function phone({ server, browser, story, ana }: Scene): Promise<void> {
  const ben = await Person.arrive(browser, {
    viewport: { width: 390, height: 844 },
    hasTouch: true,
    isMobile: true,
    locale: 'fr-FR',
  });
  const p = ben.page;
  const bar = p.getByRole('navigation', { name: 'Principal' }).last();
  /** Fingers need 44 px; links inside a sentence and boxes whose label is larger are left out (WCAG 2.5.8). */
  const tooSmall = () =>
    p.evaluate(() =>
      [...document.querySelectorAll<HTMLElement>('button, a[href], select, summary, input')]
        .filter((it) => it.checkVisibility() && !it.closest('p, label, article'))
        // A button that is being pressed is drawn a little smaller; offset sizes do not see that.
        .filter((it) => it.offsetWidth > 1 && it.getBoundingClientRect().bottom > 0)
        .filter((it) => it.offsetHeight < 44 || it.offsetWidth < 44)
        .map(
          (it) =>
            `${it.outerHTML.slice(0, 120)} ${String(it.offsetWidth)}x${String(it.offsetHeight)}`,
        ),
    );
  const fits = async () => {
    expect(!(await wide()), 'nothing is wider than the screen');
    const small = await tooSmall();
    expect(small.length === 0, `every target is 44 px: ${small.join('; ')}`);
  };
  const wide = () => p.evaluate(() => document.documentElement.scrollWidth > innerWidth);
  await story.step('on a phone ben signs in, in French, and sees his rooms', async () => {
    await p.goto(server.url);
    await p.getByLabel('Nom d’utilisateur').fill('ben');
    await p.getByLabel('Mot de passe', { exact: true }).fill(password);
    await p.getByRole('button', { name: 'Se connecter' }).tap();
    await p.getByRole('link', { name: 'Workshop' }).waitFor();
    await fits();
  });
  await story.accessible('the list of rooms on a phone', ben);
  await story.step('he opens the room and writes', async () => {
    await p.getByRole('link', { name: 'Workshop' }).tap();
    await p.getByRole('textbox', { name: 'Écrire dans Workshop' }).fill('Du téléphone');
    await p.getByRole('button', { name: 'Envoyer' }).tap();
    await row(p, 'Du téléphone').waitFor();
    await ana.page.goto(`${server.url}/#/`);
    await row(ana.page, 'Du téléphone').waitFor();
    await fits();
  });
  await story.accessible('the room on a phone', ben);
  await story.step('the people of the room fill the screen and close again', async () => {
    await p.getByRole('button', { name: 'Personnes et réglages' }).tap();
    await p.getByRole('complementary').getByText('ana').waitFor();
    await fits();
    await p.getByRole('button', { name: 'Fermer personnes et réglages' }).last().tap();
    await p.getByRole('complementary').waitFor({ state: 'detached' });
  });
  await story.step('the bar leads to every page, and back leads to the rooms', async () => {
    await bar.getByRole('link', { name: 'Appareils' }).tap();
    await p.getByRole('heading', { name: 'Appareils', level: 1 }).waitFor();
    await fits();
    await bar.getByRole('link', { name: 'Compte' }).tap();
    await p.getByRole('heading', { name: 'Compte', level: 1 }).waitFor();
    await fits();
    await bar.getByRole('link', { name: 'Salons' }).tap();
    await p.getByRole('link', { name: 'Workshop' }).tap();
    await p.getByRole('button', { name: 'Salons' }).tap();
    await p.getByRole('link', { name: 'Workshop' }).waitFor();
  });
  await story.step('two windows of one browser show the same', async () => {
    const second = await ana.context.newPage();
    await second.goto(`${server.url}/#/`);
    await row(second, 'Du téléphone').waitFor();
    await composer(second).fill('From the second window');
    await composer(second).press('Enter');
    await row(ana.page, 'From the second window').waitFor();
    expect((await row(ana.page, 'From the second window').count()) === 1, 'once');
    await second.close();
  });
  await ben.context.close();
}
