/** Output that wants something of the page that shows it: answers, the clipboard, the title, a script, a link. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { MeshAgent } from './mesh_agent.ts';
import type { Scene } from './scene.ts';
import { expect } from './steps.ts';
import { allowed, shows, type } from './terminal_stage.ts';
import type { Window } from './window.ts';

const esc = '\x1b';
const bell = '\x07';
const secret = Buffer.from('stolen').toString('base64');
/** Questions that a terminal answers, and commands beyond its screen. */
const corpus = [
  `${esc}[c${esc}[0c${esc}[>c${esc}[=c${esc}Z`, // DA
  `${esc}[5n${esc}[6n${esc}[?6n${esc}[?15n`, // DSR, CPR
  `${esc}[4$p${esc}[?1$p${esc}[?2004$p`, // DECRQM
  `${esc}P$qm${esc}\\${esc}P$q"p${esc}\\${esc}P+q544e${esc}\\`, // DECRQSS, XTGETTCAP
  `${esc}[11t${esc}[14t${esc}[16t${esc}[18t${esc}[19t${esc}[20t${esc}[21t`, // window reports
  `${esc}]4;1;?${bell}${esc}]10;?${bell}${esc}]11;?${esc}\\${esc}]12;?${bell}`, // colours
  `${esc}[>q${esc}[?u${esc}[x`, // XTVERSION, keyboard protocol, DECREQTPARM
  `${esc}]52;c;${secret}${bell}${esc}]52;p;${secret}${esc}\\${esc}]52;c;?${bell}`, // clipboard
  `${esc}]0;<img src=x onerror=alert(1)>\u202Etitle${bell}`,
  `${esc}[?1004h`, // focus
  `${esc}]8;;javascript:alert(1)${esc}\\bad-link${esc}]8;;${esc}\\`,
].join('');

export async function hostileTerminal(
  { story, ben }: Scene,
  host: MeshAgent,
  window: Window,
): Promise<void> {
  const b = ben.page;
  const path = join(host.home, 'corpus');
  writeFileSync(path, `${corpus} https://evil.example/a\r\nend-of-corpus\r\n`);
  let asked = '';
  b.on('dialog', (dialog) => {
    asked = dialog.message();
    void dialog.dismiss();
  });
  const show = async (mark: string) => {
    window.type(`clear; cat ${path}; echo ${mark.slice(0, 3)}''${mark.slice(3)}\r`);
    await shows(b, mark);
  };
  await story.step(
    'hostile output moves neither title, clipboard nor script of the page',
    async () => {
      const clipboard = await watchClipboard(b);
      await show('mark-one');
      expect((await b.title()).startsWith('build · Mesh'), `the title: ${await b.title()}`);
      await b.getByText('<img src=x onerror=alert(1)> title').waitFor();
      expect((await b.locator('main img').count()) === 0, 'no element came out of it');
      expect((await clipboard.touched()) === 0, 'the clipboard is left alone');
      expect(asked === '', `no question of a script: ${asked}`);
    },
  );
  await story.step('in preview nothing at all is sent, whatever is asked and pressed', async () => {
    await type(b, 'keys');
    await b.locator('.xterm-screen').click();
    await b.locator('.xterm-helper-textarea').blur();
    window.type("echo mark-''two\r");
    await shows(b, 'mark-two');
    const list = JSON.parse(await host.command('terminal', 'list', '--json')) as {
      shared: { dropped_bytes: number }[];
    };
    expect(list.shared[0]?.dropped_bytes === 0, 'no byte came to the gate');
  });
  await story.step('with the keyboard only keys are sent, no answers', async () => {
    await b.getByRole('button', { name: /^(?:Ask for the keyboard|Ask again)$/ }).click();
    await allowed(host);
    await b.getByText('You have the keyboard').waitFor();
    const since = window.shown.length;
    window.type(`clear; cat ${path}; cat -v\r`);
    await shows(b, 'end-of-corpus');
    await b.getByRole('button', { name: 'Find in the terminal' }).focus(); // focus is reported, if anything is
    await type(b, 'only-keys\n');
    await shows(b, 'only-keys');
    await window.waitFor('only-keys', since);
    expect(!window.shown.slice(since).includes('^['), 'nothing but keys arrived');
    window.type('\x04');
    await b.getByRole('button', { name: 'Give back the keyboard' }).click();
    await b.getByText('Preview', { exact: true }).waitFor();
  });
  await story.step('a link opens only after its address was looked at', async () => {
    const opened: string[] = [];
    ben.context.on('page', (page) => opened.push(page.url()));
    await show('mark-three');
    await press(b, 'https://evil.example/a');
    await b.getByRole('dialog').getByText('Site: evil.example').waitFor();
    await b.getByRole('button', { name: 'Cancel' }).click();
    expect(opened.length === 0, 'nothing was opened');
  });
}

/** Counts what the page does to the clipboard, allowed or not, until it is asked for. */
async function watchClipboard(page: Scene['ana']['page']) {
  const watched = await page.evaluateHandle(() => {
    const seen = { count: 0 };
    const touch = () => {
      seen.count++;
      return Promise.resolve('');
    };
    Object.assign(navigator.clipboard, { writeText: touch, write: touch, readText: touch });
    document.addEventListener('copy', () => seen.count++, { once: true });
    return seen;
  });
  return {
    touched: () =>
      watched.evaluate((seen) => {
        for (const name of ['writeText', 'write', 'readText'])
          Reflect.deleteProperty(navigator.clipboard, name);
        return seen.count;
      }),
  };
}

/** Where these letters stand on the screen. */
async function press(page: Scene['ana']['page'], text: string): Promise<void> {
  const at = await page.locator('.xterm-rows').evaluate((rows, wanted) => {
    const row = [...rows.children].find((it) => it.textContent.includes(wanted));
    const cells = row?.textContent.length ?? 0;
    const box = row?.getBoundingClientRect();
    const first = row?.textContent.indexOf(wanted) ?? 0;
    const last = row?.lastElementChild?.getBoundingClientRect().right ?? 0;
    const cell = (last - (box?.left ?? 0)) / cells;
    return {
      x: (box?.left ?? 0) + (first + wanted.length / 2) * cell,
      y: (box?.top ?? 0) + (box?.height ?? 0) / 2,
    };
  }, text);
  await page.mouse.move(at.x - 20, at.y);
  await page.mouse.move(at.x, at.y);
  await page.locator('.xterm-cursor-pointer').waitFor();
  await page.mouse.click(at.x, at.y);
}
