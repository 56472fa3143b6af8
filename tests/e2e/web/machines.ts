/** A machine is let in, another is not. */
import type { Browser, Page } from 'playwright-core';
import { AskingAgent } from './agent.ts';
import { Person } from './browser.ts';
import { enter, password, type Scene } from './scene.ts';
import { expect } from './steps.ts';

export async function devices({ server, browser, story, ana }: Scene): Promise<void> {
  const a = ana.page;
  await story.step('the devices page lists this browser', async () => {
    await a.getByRole('link', { name: 'Devices' }).click();
    await a.getByText('this browser').waitFor();
  });
  await story.accessible('the devices page', ana);
  await story.step('it gives a code that signs a machine in', async () => {
    await a.getByRole('button', { name: 'Add a machine' }).click();
    await a.getByText(/mesh-agent enroll [0-9A-Z]{4}-[0-9A-Z]{4} --server http/).waitFor();
  });
  await story.accessible('the dialog of a new machine', ana);
  let agent = await AskingAgent.ask(server.url, 'ana-workstation', 'Ana’s workstation');
  await story.step('an agent that asks with a code is shown and approved', async () => {
    await a.getByRole('link', { name: 'Confirm it here' }).click();
    expect((await agent.state()) === 'authorization_pending', 'the agent waits');
    await a.getByLabel('Code').fill(agent.userCode.toLowerCase().replace('-', ' '));
    await a.getByRole('button', { name: 'Continue' }).click();
    await a.getByText('Ana’s workstation').waitFor();
  });
  await story.accessible('the question about a machine', ana);
  await story.step('the approved agent is signed in and listed', async () => {
    await a.getByRole('button', { name: 'Approve' }).click();
    await a.getByText('Ana’s workstation is in').waitFor();
    expect((await agent.outcome()) === 'signed in', 'the agent has its tokens');
    await a.getByRole('link', { name: 'See your devices' }).click();
    await a.getByRole('listitem').filter({ hasText: 'ana-workstation' }).waitFor();
  });
  await story.step('an agent that is refused gets nothing', async () => {
    agent = await AskingAgent.ask(server.url, 'not-mine', 'Not mine');
    await a.goto(`${server.url}/#/devices/confirm?code=${agent.userCode}`);
    await a.getByRole('button', { name: 'Refuse' }).click();
    await a.getByText('Not mine was refused').waitFor();
    expect((await agent.outcome()) === 'access_denied', 'the agent is told');
  });
  await story.step('a device is renamed', async () => {
    await a.goto(`${server.url}/#/devices`);
    await a.getByRole('button', { name: 'Rename Ana’s workstation' }).click();
    await a.getByRole('dialog').getByLabel('Name').fill('Big machine');
    await a.getByRole('button', { name: 'Save' }).click();
    await a.getByText('Big machine').waitFor();
  });
  await story.step('revoking can be taken back, and then done', async () => {
    await a.getByRole('button', { name: 'Revoke Big machine' }).click();
    await a.getByRole('button', { name: 'Undo' }).click();
    await a.getByRole('button', { name: 'Revoke Big machine' }).click();
    await a.getByRole('button', { name: 'Revoke now' }).click();
    await a.getByText('Big machine').waitFor({ state: 'detached' });
    await a.reload();
    await a.getByText('this browser').waitFor();
    expect((await a.getByText('Big machine').count()) === 0, 'the machine is gone');
  });
  await story.step('a revoked browser is told at once and signed out', async () => {
    const lost = await secondBrowser(browser, server.url);
    await a.reload();
    await a.getByText('this browser').waitFor();
    const out = lost.page.getByText('This login was ended.').waitFor();
    await others(a)
      .getByRole('button', { name: /^Revoke/ })
      .click();
    await a.getByRole('button', { name: 'Revoke now' }).click();
    await out;
    expect(lost.wasTold('device_revoked'), 'the server told it, no request had to be refused');
    await lost.context.close();
  });
  await story.step('a lost device is cut off, and one reads what it could read', async () => {
    const lost = await secondBrowser(browser, server.url);
    await a.reload();
    await a.getByText('this browser').waitFor();
    await others(a)
      .getByRole('button', { name: /is lost$/ })
      .click();
    const out = lost.page.getByText('This login was ended.').waitFor();
    await a.getByRole('dialog').getByRole('button', { name: 'Cut it off' }).click();
    await out;
    expect(lost.wasTold('device_revoked'), 'the server told it, no request had to be refused');
    const report = a.getByRole('dialog').getByRole('status');
    await report.getByText('What it could read until then').waitFor();
    await report.getByText('Workshop').waitFor();
    await report.getByText('1 login was ended.').waitFor();
    await lost.context.close();
  });
  await story.accessible('the report about a lost device', ana);
  await story.step('the device leaves the list with the report', async () => {
    await a.getByRole('dialog').getByRole('button', { name: 'Close' }).last().click();
    await others(a).waitFor({ state: 'detached' });
  });
}

/** Rows of browsers other than the one in front. */
const others = (page: Page) =>
  page
    .getByRole('listitem')
    .filter({ has: page.getByText(/, Linux|Chrome/) })
    .filter({ hasNot: page.getByText('this browser') });

async function secondBrowser(browser: Browser, url: string): Promise<Person> {
  const other = await Person.arrive(browser);
  await other.page.goto(url);
  await enter(other.page, 'ana', password, 'Sign in');
  await other.page.getByRole('heading', { name: 'Workshop', level: 1 }).waitFor();
  return other;
}
