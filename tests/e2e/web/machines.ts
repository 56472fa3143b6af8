/** A machine is let in, another is not. */
import { AskingAgent } from './agent.ts';
import type { Scene } from './scene.ts';
import { expect } from './steps.ts';

export async function devices({ server, story, ana }: Scene): Promise<void> {
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
}
