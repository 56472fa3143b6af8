/** Several people look at a terminal; or one alone may. */
import { Person } from './browser.ts';
import { MeshAgent } from './mesh_agent.ts';
import { enter, password, type Scene } from './scene.ts';
import { expect } from './steps.ts';
import { allowed, joined, shows, type, type Yard } from './terminal_stage.ts';
import type { Window } from './window.ts';

/** A second person looks at the same terminal, and gets the keyboard after the first. */
export async function another(
  scene: Scene,
  room: Yard,
  host: MeshAgent,
  window: Window,
): Promise<void> {
  const { server, browser, story, ben } = scene;
  const b = ben.page;
  const nora = await Person.arrive(browser);
  const n = nora.page;
  await joined(server.url, room, 'nora');
  await story.step(
    'a second person looks beside the first, each by a way of their own',
    async () => {
      await n.goto(server.url);
      await enter(n, 'nora', password, 'Sign in');
      await n.getByRole('log').or(n.getByText('No room yet')).first().waitFor();
      await n.goto(`${server.url}/#/terminals`);
      await n.getByRole('link', { name: 'Open build of ana-host' }).click();
      await n.getByText('ben and nora are watching').waitFor();
      await b.getByText('ben and nora are watching').waitFor();
      window.type("echo bo''th\r");
      await shows(b, 'both');
      await shows(n, 'both');
    },
  );
  await story.step(
    'the keyboard goes from one to the other, and each sees who has it',
    async () => {
      await b.getByRole('button', { name: /^(?:Ask for the keyboard|Ask again)$/ }).click();
      await allowed(host, '--viewer', 'ben');
      await b.getByText('You have the keyboard').waitFor();
      await n.getByText('ben types').waitFor();
      await n.getByRole('button', { name: 'Ask for the keyboard' }).click();
      await allowed(host, '--viewer', 'nora');
      await n.getByText('You have the keyboard').waitFor();
      await b.getByText('The keyboard went to somebody else.').waitFor();
      await b.getByText('nora types').waitFor();
      await type(b, "echo by''ben\n");
      await type(n, "echo by''nora\n");
      for (const page of [b, n]) await shows(page, 'bynora');
      expect(!window.shown.includes('byben'), 'who lost it types nothing');
    },
  );
  await story.step('who leaves the terminal gives the keyboard back', async () => {
    await n.getByRole('link', { name: 'All terminals' }).click();
    await b.getByText('ben is watching').waitFor();
    await b.getByText('nora types').waitFor({ state: 'detached' });
    await nora.context.close();
  });
}

/** Shared with one person: it stands in that person's page, and in nobody else's. */
export async function toOnePerson(
  { server, story, ben }: Scene,
  room: Yard,
  host: MeshAgent,
): Promise<void> {
  const b = ben.page;
  const desk = await MeshAgent.start(server, 'ben-desk', {
    username: 'ben',
    password,
    receive: 'ask',
  });
  const size = ['--cols', '60', '--rows', '12'];
  const mine = host.window(
    'terminal',
    'share',
    '--to',
    'ben-desk',
    '--room',
    room.name,
    '--name',
    'private',
    ...size,
  );
  try {
    await story.step('a terminal that is shared with one person stands in their page', async () => {
      const back = b.url();
      await b.goto(`${server.url}/#/terminals`);
      await b.getByText(/with you alone/).waitFor();
      await b.getByRole('link', { name: 'Open private of ana-host' }).click();
      mine.type("echo for''ben\r");
      await shows(b, 'forben');
      mine.type('exit\r');
      await b.getByText('The terminal has ended with code 0.').waitFor();
      await b.goto(back);
      await b.getByText('Preview', { exact: true }).waitFor();
    });
  } finally {
    await mine.end();
    await desk.stop();
  }
}
