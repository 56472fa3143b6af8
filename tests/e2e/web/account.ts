/** Account, keyboard, languages, and how access ends. */
import { Person } from './browser.ts';
import { enter, log, password, type Scene } from './scene.ts';
import { expect } from './steps.ts';

export async function account({ server, browser, story, ana, ben }: Scene): Promise<void> {
  const a = ana.page;
  const b = ben.page;
  await story.step('Ctrl K finds a page by a part of its name', async () => {
    await a.keyboard.press('Control+k');
    await a.getByRole('combobox', { name: 'Type a name' }).fill('acc');
    await a.keyboard.press('Enter');
    await a.getByRole('heading', { name: 'Account', level: 1 }).waitFor();
  });
  await story.accessible('the account page', ana);
  for (const theme of ['Light', 'High contrast', 'Monokai']) {
    await story.step(`the theme ${theme} is chosen`, async () => {
      await a.getByRole('radio', { name: theme }).click();
    });
    await story.accessible(`the account page in ${theme}`, ana);
    await a.goto(`${server.url}/#/devices`);
    await a.getByText('this browser').waitFor();
    await story.accessible(`the devices page in ${theme}`, ana);
    await a.getByRole('link', { name: /Workshop/ }).click();
    await log(a).getByRole('article').first().waitFor();
    await story.accessible(`a room with its panel in ${theme}`, ana);
    await a.goto(`${server.url}/#/account`);
    await a.getByRole('heading', { name: 'Account', level: 1 }).waitFor();
  }
  await story.step('k and j walk through the messages of a room', async () => {
    await a.getByRole('link', { name: /Workshop/ }).click();
    const rows = log(a).locator('[data-row]');
    await rows.nth(1).waitFor();
    const newest = (await rows.count()) - 1;
    const focused = () =>
      rows.evaluateAll((all) => all.findIndex((row) => row === document.activeElement));
    await log(a).focus();
    for (const [key, row] of [
      ['k', newest],
      ['k', newest - 1],
      ['j', newest],
    ] as const) {
      await a.keyboard.press(key);
      expect((await focused()) === row, `${key} leads to row ${row}`);
    }
    await a.goto(`${server.url}/#/account`);
  });
  await story.step('? shows the keyboard map and Escape closes it', async () => {
    await a.getByRole('heading', { name: 'Account', level: 1 }).click();
    await a.keyboard.press('?');
    await a.getByRole('dialog', { name: 'Keyboard' }).waitFor();
    await a.keyboard.press('Escape');
    await a.getByRole('dialog').waitFor({ state: 'detached' });
  });
  await story.step('French takes over at once and stays', async () => {
    await a.getByRole('radio', { name: 'Français' }).click();
    await a.getByRole('heading', { name: 'Compte', level: 1 }).waitFor();
    await a.reload();
    await a.getByRole('heading', { name: 'Compte', level: 1 }).waitFor();
    expect((await a.locator('html').getAttribute('lang')) === 'fr', 'the page says its language');
    await a.getByRole('radio', { name: 'English' }).click();
  });
  await story.step('a page that fails while it is drawn says so, and others go on', async () => {
    const other = await Person.arrive(browser);
    await other.page.goto(server.url);
    await enter(other.page, 'ana', password, 'Sign in');
    const room = other.page.getByRole('heading', { name: 'Workshop', level: 1 });
    await room.waitFor();
    const address = other.page.url();
    await other.page.evaluate(() => {
      Object.assign(Intl, { RelativeTimeFormat: null });
    });
    await other.page.goto(`${server.url}/#/account`);
    await other.page.getByRole('heading', { name: 'This page failed' }).waitFor();
    await other.page.goto(address);
    await room.waitFor();
    await other.page.goBack();
    await other.page.getByRole('button', { name: 'Load it again' }).click();
    await other.page.getByRole('heading', { name: 'Account', level: 1 }).waitFor();
    await other.context.close();
  });
  await story.step('changing the password ends the other logins', async () => {
    const other = await Person.arrive(browser);
    await other.page.goto(server.url);
    await enter(other.page, 'ana', password, 'Sign in');
    await other.page.getByRole('heading', { name: 'Workshop', level: 1 }).waitFor();
    await a.getByLabel('Current password').fill('wrong');
    await a.getByLabel('New password').fill('battery staple');
    await a.getByRole('button', { name: 'Change the password' }).click();
    await a.getByText('The current password is not right.').waitFor();
    await a.getByLabel('Current password').fill(password);
    await a.getByRole('button', { name: 'Change the password' }).click();
    await a.getByText('Password changed.').waitFor();
    await other.page.getByText('This login was ended.').waitFor();
    await other.context.close();
  });
  await story.step('the room is renamed and ben sees it', async () => {
    await a.getByRole('link', { name: /Workshop/ }).click();
    await a.getByRole('button', { name: 'Rename' }).click();
    await a.getByRole('dialog').getByLabel('Name').fill('Release 2');
    await a.getByRole('dialog').getByRole('button', { name: 'Rename' }).click();
    await b.getByRole('heading', { name: 'Release 2', level: 1 }).waitFor();
  });
  await story.step('ben becomes a guest and sees it', async () => {
    await a.getByRole('combobox', { name: 'Role of ben' }).selectOption('guest');
    await b.getByRole('button', { name: 'People and settings' }).click();
    await b.getByRole('complementary').getByText('guest').waitFor();
  });
  await story.step('the last owner cannot step down', async () => {
    await a.getByRole('combobox', { name: 'Role of ana' }).selectOption('member');
    await a.getByText('You are the only owner of a room with others in it.').waitFor();
    expect(
      (await a.getByRole('combobox', { name: 'Role of ana' }).inputValue()) === 'owner',
      'owner',
    );
  });
  await story.step('an open invitation is withdrawn', async () => {
    await a.getByRole('button', { name: 'Invite someone' }).click();
    await a.getByRole('button', { name: 'Create a link' }).click();
    await a.getByRole('button', { name: 'Withdraw' }).first().click();
    await a.getByRole('button', { name: 'Withdraw' }).waitFor({ state: 'detached' });
    await a.keyboard.press('Escape');
  });
  await story.step('who is removed loses the room at once', async () => {
    await a.getByRole('button', { name: 'Remove ben' }).click();
    await a.getByRole('dialog').getByRole('button', { name: 'Remove' }).click();
    await b.getByText('You are no longer in this room').waitFor();
  });
  await story.step('signing out leads to the sign-in page, and back in', async () => {
    await a.goto(`${server.url}/#/account`);
    await a.getByRole('button', { name: 'Sign out' }).click();
    await a.getByRole('heading', { name: 'Sign in to Mesh' }).waitFor();
    await enter(a, 'ana', 'battery staple', 'Sign in');
    await a.getByRole('heading', { name: 'Account', level: 1 }).waitFor();
  });
  await story.step('ben deletes his account with his password and is gone', async () => {
    await b.goto(`${server.url}/#/account`);
    await b.getByRole('button', { name: 'Delete the account' }).click();
    const dialog = b.getByRole('dialog');
    await dialog.getByLabel('Your password', { exact: true }).fill('not it');
    await dialog.getByRole('button', { name: 'Delete the account' }).click();
    await b.getByText('The current password is not right.').waitFor();
    await dialog.getByLabel('Your password', { exact: true }).fill(password);
    await dialog.getByRole('button', { name: 'Delete the account' }).click();
    await b.getByRole('heading', { name: 'Sign in to Mesh' }).waitFor();
    await enter(b, 'ben', password, 'Sign in');
    await b.getByText('Username and password do not match.').waitFor();
  });
}
