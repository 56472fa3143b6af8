/** Terminals that are shared from a real window and seen in the page: looked at, asked for, typed into, taken back. */
import type { Page } from 'playwright-core';
import { post } from './agent.ts';
import { hostileTerminal } from './hostile_terminal.ts';
import { MeshAgent } from './mesh_agent.ts';
import { onAPhone } from './phone_terminal.ts';
import { password, type Scene } from './scene.ts';
import { expect } from './steps.ts';
import { notified } from './terminal_notices.ts';
import { recorded } from './terminal_recording.ts';
import { allowed, shows, screen, type, watched, type Yard } from './terminal_stage.ts';
import { another, toOnePerson } from './terminal_viewers.ts';
import type { Window } from './window.ts';

async function commonRoom(url: string): Promise<Yard> {
  const login = async (username: string) =>
    String((await post(url, '/api/auth/login', { username, password })).body.access_token);
  const [ana, ben] = [await login('ana'), await login('ben')];
  const name = 'Yard'; // the last one: whonorar signs in comes to the first
  const made = await post(url, '/api/rooms', { name }, ana);
  const { id } = made.body.room as { id: string };
  const invited = await post(url, `/api/rooms/${id}/invitations`, { role: 'member' }, ana);
  const { code } = invited.body.invitation as { code: string };
  await post(url, `/api/invitations/${code}/accept`, {}, ben);
  return { id, name };
}

export async function terminals(scene: Scene): Promise<void> {
  const { server, story, ben } = scene;
  const b = ben.page;
  const settings = { username: 'ana', password, receive: 'ask' };
  await story.step('without a shared terminal the page says where to begin', async () => {
    await b.goto(`${server.url}/#/terminals`);
    await b.getByText('No terminal is shared').waitFor();
  });
  await story.accessible('the terminals page with nothing shared', ben);
  const room = await commonRoom(server.url);
  const host = await MeshAgent.start(server, 'ana-host', settings);
  const size = ['--cols', '60', '--rows', '12'];
  const window = host.window('terminal', 'share', '--room', room.name, '--name', 'build', ...size);
  try {
    await looking(scene, room, window);
    await typing(scene, host, window);
    await sharersPage(scene, window);
    await askedForASize(scene, host, window);
    await notified(scene);
    await another(scene, room, host, window);
    await recorded(scene, host, window);
    await toOnePerson(scene, room, host);
    await hostileTerminal(scene, host, window);
    await onAPhone(scene, room, host, window);
    await again(scene, host, window);
  } finally {
    await window.end();
    await host.stop();
  }
  await b.getByRole('link', { name: /Workshop/ }).click();
  await b.getByRole('heading', { name: 'Workshop', level: 1 }).waitFor();
}

async function looking({ server, story, ben }: Scene, room: Yard, window: Window): Promise<void> {
  const b = ben.page;
  await story.step('a terminal that is shared with a room appears by itself', async () => {
    window.type("echo ear''lier; seq 1 40\r");
    await b.getByRole('link', { name: 'Open build of ana-host' }).waitFor();
    await b.getByText('shared by ana · ana-host · 60 × 12 · in Yard').waitFor();
    await b.goto(`${server.url}/#/rooms/${room.id}`);
    await b
      .getByRole('list', { name: 'Terminals of Yard' })
      .getByText('build · shared by ana')
      .waitFor();
  });
  await story.accessible('a room with a terminal', ben);
  await story.step('back in the list it is still there', async () => {
    await b.goto(`${server.url}/#/terminals`);
    await b.getByRole('link', { name: 'Open build of ana-host' }).waitFor();
  });
  await story.accessible('the terminals page with one', ben);
  await story.step('it opens with the screen of now and what is above it', async () => {
    const began = Date.now();
    await b.getByRole('link', { name: 'Open build of ana-host' }).click();
    await shows(b, '40');
    console.log(`   seen after ${String(Date.now() - began)} ms, connecting included`);
    await b.getByText('Preview', { exact: true }).waitFor();
    await b.getByText(/^direct · [\d.]+ ms$/).waitFor();
    await b.getByText('ben is watching').waitFor();
    await window.waitFor('watched by ben');
    await b.getByRole('button', { name: 'Find in the terminal' }).click();
    await b.getByRole('textbox', { name: 'Find' }).fill('earlier');
    await b.getByText('1 of 1').waitFor();
    await shows(b, 'earlier');
    await b.keyboard.press('Escape');
    await b.locator('.xterm-helper-textarea').press('End');
  });
  for (const theme of ['monokai', 'light', 'contrast']) {
    await b.evaluate((name) => {
      document.documentElement.dataset.theme = name;
    }, theme);
    await story.accessible(`a terminal in preview, theme ${theme}`, ben);
  }
  await story.step('in preview nothing of what is typed reaches it', async () => {
    await type(b, "echo sto''len\n");
    window.type("echo ma''rk\r");
    await shows(b, 'mark');
    expect(!window.shown.includes('stolen'), 'no key came through');
    await b.keyboard.press('Tab');
    await b.keyboard.press('Tab');
    const inside = await b.evaluate(() => document.activeElement?.closest('.xterm') !== null);
    expect(!inside, 'Tab leaves the screen');
  });
  await story.step('a line is suggested, and runs when its sharer wants it', async () => {
    await b.getByRole('textbox', { name: 'Suggest a line' }).fill("echo advi''ce");
    await b.getByRole('button', { name: 'Suggest', exact: true }).click();
    await b.getByText("Suggested: echo advi''ce").waitFor();
    await window.waitFor('advi');
    expect(!window.shown.includes('advice'), 'it did not run by itself');
    window.type('\x1d\r');
    await shows(b, 'advice');
  });
  await story.step('the curtain hides what happens behind it', async () => {
    window.type('\x1dh');
    await b.getByText('Hidden by its owner').waitFor();
    window.type('clear; echo pass""word; clear\r');
    await window.waitFor('password');
    window.type('\x1dh');
    await b.getByText('Hidden by its owner').waitFor({ state: 'detached' });
    window.type("echo op''en\r");
    await shows(b, 'open');
    expect(!(await screen(b).innerText()).includes('password'), 'nothing of it is seen');
  });
}

async function typing({ story, ben }: Scene, host: MeshAgent, window: Window): Promise<void> {
  const b = ben.page;
  await story.step('the keyboard is asked for and denied', async () => {
    await b.getByRole('button', { name: 'Ask for the keyboard' }).click();
    await b.getByText('Asked. The sharer decides…').waitFor();
    await window.waitFor('ben asks for the keyboard');
    await host.command('terminal', 'deny', 'build');
    await b.getByText('The sharer said no.').waitFor();
  });
  await story.step('asked again and allowed for two minutes, keys get there', async () => {
    await b.getByRole('button', { name: 'Ask again' }).click();
    await b.getByText('Asked. The sharer decides…').waitFor();
    await allowed(host, '--minutes', '2');
    await b.getByText('You have the keyboard').waitFor();
    await b.getByText(/^[12]:\d\d left$/).waitFor();
    await type(b, "echo ty''ped\n");
    await shows(b, 'typed');
    await window.waitFor('typed');
  });
  await story.accessible('a terminal with the keyboard', ben);
  await story.step('several lines are pasted only after a question', async () => {
    await b.locator('.xterm-helper-textarea').focus();
    await paste(b, "echo fi''rst\necho sec''ond\x1b]52;c;eA==\x07\n");
    await b
      .getByRole('dialog')
      .getByText(/^2 lines: each Enter/)
      .waitFor();
    expect(!window.shown.includes('first'), 'nothing was pasted yet');
    await b.getByRole('button', { name: 'Cancel' }).click();
    await b.locator('.xterm-helper-textarea').focus();
    await paste(b, "echo pas''ted\n");
    await b.getByRole('dialog').getByRole('button', { name: 'Paste' }).click();
    await shows(b, 'pasted');
    expect(!window.shown.includes('first'), 'what was refused did not run');
  });
  await story.step('the sharer takes the keyboard back', async () => {
    await host.command('terminal', 'revoke', 'build');
    await b.getByText('The sharer took the keyboard back.').waitFor();
    await type(b, "echo la''te\n");
    window.type("echo aft''er\r");
    await shows(b, 'after');
    expect(!window.shown.includes('late'), 'no key came through');
  });
  await story.step('the keyboard is given back by who has it', async () => {
    await b.getByRole('button', { name: 'Ask again' }).click();
    await allowed(host);
    await b.getByRole('button', { name: 'Give back the keyboard' }).click();
    await b.getByText('Preview', { exact: true }).waitFor();
    await b.getByRole('button', { name: 'Ask for the keyboard' }).waitFor();
  });
}

/** The sharer answers in a page of theirs. */
async function sharersPage({ server, story, ana, ben }: Scene, window: Window): Promise<void> {
  const [a, b] = [ana.page, ben.page];
  const ask = async () => {
    await b.getByRole('button', { name: /^(?:Ask for the keyboard|Ask again)$/ }).click();
    await a.getByText('ben asks for the keyboard of build.').waitFor();
  };
  await story.step(
    'the sharer sees in the page who looks, and who asks, whernorar the page is',
    async () => {
      await a.goto(`${server.url}/#/account`);
      await b.getByRole('button', { name: 'Ask for the keyboard' }).click();
      await a.getByRole('link', { name: /Terminals.*1 person asks for a keyboard/ }).click();
      await a.getByText('ben asks for the keyboard of build.').waitFor();
      await a.getByText('ben is watching').waitFor();
    },
  );
  await story.accessible('a question for the keyboard in the sharer’s page', ana);
  await story.step('the sharer allows it in the page, and takes it back there', async () => {
    await a.getByRole('combobox', { name: 'Minutes for ben' }).selectOption('15 minutes');
    await a.getByRole('button', { name: 'Allow for 15 minutes: ben' }).click();
    await b.getByText('You have the keyboard').waitFor();
    await b.getByText(/^1[45]:\d\d left$/).waitFor();
    await type(b, "echo by''page\n");
    await window.waitFor('bypage');
    await a.getByText('ben types').waitFor();
    await a.getByRole('button', { name: 'Take it back: the keyboard of build from ben' }).click();
    await b.getByText('The sharer took the keyboard back.').waitFor();
  });
  await story.step('or allows one line, or denies', async () => {
    await ask();
    await a.getByRole('button', { name: 'Allow ben one line' }).click();
    await b.getByText('You have the keyboard').waitFor();
    await type(b, "echo one''line\n");
    await window.waitFor('oneline');
    await b.getByText('Your time at the keyboard is over.').waitFor();
    await ask();
    await a.getByRole('button', { name: 'Deny ben' }).click();
    await b.getByText('The sharer said no.').waitFor();
  });
  await story.step('the curtain is drawn and opened in the page', async () => {
    await a.getByRole('button', { name: 'Hide build from all' }).click();
    await b.getByText('Hidden by its owner').waitFor();
    await a.getByRole('button', { name: 'Show build again' }).click();
    await b.getByText('Hidden by its owner').waitFor({ state: 'detached' });
  });
}

/** Who looks asks, the sharer answers in the page, and then the tab is closed. */
async function askedForASize(
  { story, ana, ben }: Scene,
  host: MeshAgent,
  window: Window,
): Promise<void> {
  const [a, b] = [ana.page, ben.page];
  await story.step('another size is asked for in the page, and the sharer keeps it', async () => {
    await b.getByText('60 × 12', { exact: true }).waitFor();
    await b.getByRole('button', { name: 'Ask for the size that fits here' }).click();
    await b.getByText(/^asked for \d+ × \d+$/).waitFor();
    await a.getByText(/^ben asks for build in \d+ × \d+\.$/).waitFor();
    await window.waitFor('ben asks for');
    await b.getByText('60 × 12', { exact: true }).waitFor();
  });
  await story.accessible('a question for a size in the sharer’s page', ana);
  await story.step('it is kept, and who asked sees that', async () => {
    await a.getByRole('button', { name: 'Keep the size, though ben asks' }).click();
    await b.getByText(/^asked for/).waitFor({ state: 'detached' });
    await a.getByText(/^ben asks for build in/).waitFor({ state: 'detached' });
    await b.getByText('60 × 12', { exact: true }).waitFor();
  });
  await story.step('a tab that is closed looks no longer, at once', async () => {
    const tab = await b.context().newPage();
    await tab.goto(b.url());
    await shows(tab, 'open');
    expect(await watched(host, 2), 'two pages of ben look');
    const began = Date.now();
    await tab.close({ runBeforeUnload: true });
    expect(await watched(host, 1), 'the one that was closed does not');
    const took = Date.now() - began;
    expect(took < 5_000, `gone after ${String(took)} ms`);
  });
}

async function paste(page: Page, text: string): Promise<void> {
  await page.locator('.xterm-helper-textarea').evaluate((it, said) => {
    const clipboardData = new DataTransfer();
    clipboardData.setData('text/plain', said);
    it.dispatchEvent(
      new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true }),
    );
  }, text);
}

async function again({ story, ben }: Scene, host: MeshAgent, window: Window): Promise<void> {
  const b = ben.page;
  await story.step('a reload brings the screen back', async () => {
    await b.reload();
    window.type("echo relo''aded\r");
    await shows(b, 'reloaded');
    await b.getByText('Preview', { exact: true }).waitFor();
  });
  await story.step(
    'when its machine vanishes the page waits, and comes back by itself',
    async () => {
      await host.kill();
      await b.getByText(/^The connection is gone\./).waitFor({ timeout: 40_000 });
      await host.run();
      await b
        .getByText(/^The connection is gone\./)
        .waitFor({ state: 'detached', timeout: 40_000 });
      await b.getByText('Preview', { exact: true }).waitFor();
      window.type("echo ba''ck\r");
      await shows(b, 'back');
    },
  );
  await story.step('the end of the shell is told with its code', async () => {
    window.type('exit 3\r');
    await b.getByText('The terminal has ended with code 3.').waitFor();
  });
}
