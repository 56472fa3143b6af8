/** Files between two real agents, seen and answered in the pages of their people. */
import { existsSync, statSync } from 'node:fs';
import { Person } from './browser.ts';
import { MeshAgent } from './mesh_agent.ts';
import { hearNotifications, look } from './notifications.ts';
import { password, type Scene } from './scene.ts';
import { sharing } from './sharing.ts';
import { expect } from './steps.ts';

const large = 40 * 1024 * 1024;

export async function transfers(scene: Scene): Promise<void> {
  const { server, browser, story, ana, ben } = scene;
  const a = ana.page;
  const b = ben.page;
  const row = (page: typeof a, name: string) =>
    page.getByRole('listitem').filter({ has: page.getByText(name, { exact: true }) });
  const showTransfers = async (page: typeof a) => {
    await page.goto(`${server.url}/#/transfers`);
    await page.getByRole('heading', { name: 'Transfers', level: 1 }).waitFor();
  };
  await story.step('without a machine the transfers page says where to begin', async () => {
    await showTransfers(b);
    await b.getByText('No machine is connected').waitFor();
  });
  await story.accessible('the transfers page without a machine', ben);
  const start = (deviceId: string, username: string, receive: string) =>
    MeshAgent.start(server, deviceId, { username, password, receive });
  const laptop = await start('ana-laptop', 'ana', 'auto');
  const pc = await start('ben-pc', 'ben', 'ask');
  try {
    await story.step('when machines come online their pages know it', async () => {
      await b.getByText('Nothing is on its way').waitFor();
      await showTransfers(a);
      await a.getByText('Nothing is on its way').waitFor();
    });
    await story.accessible('the transfers page with nothing on its way', ben);
    await story.step(
      'an offer appears by itself, with a number beside the page’s name',
      async () => {
        const sending = laptop.command('send', laptop.file('small.bin', 70_000), '--to', 'ben-pc');
        sending.catch(() => undefined);
        await row(b, 'small.bin').getByText('from ana (ana-laptop) to ben-pc').waitFor();
        await b.getByRole('link', { name: /Transfers.*1 file waits for you/ }).waitFor();
        await row(a, 'small.bin').getByText('Waits for an answer').waitFor();
        sending.catch(() => undefined);
        await b.getByRole('button', { name: 'Refuse small.bin' }).click();
        await row(b, 'small.bin').getByText('Declined.').waitFor();
        await row(a, 'small.bin').getByText('Declined.').waitFor();
        await sending.then(
          () => {
            throw new Error('the sender was not told');
          },
          () => undefined,
        );
      },
    );
    await notices(scene, laptop);
    await story.step('by the keyboard alone another one is found and accepted', async () => {
      const sending = laptop.command('send', laptop.file('first.bin', 70_001), '--to', 'ben-pc');
      sending.catch(() => undefined);
      await b.goto(`${server.url}/#/devices`);
      await b.getByRole('heading', { name: 'Devices', level: 1 }).waitFor();
      await b.getByRole('link', { name: /1 file waits for you/ }).waitFor();
      await b.keyboard.press('t');
      await b.getByRole('heading', { name: 'Transfers', level: 1 }).waitFor();
      const accept = b.getByRole('button', { name: 'Accept first.bin' });
      await accept.waitFor();
      for (let turn = 0; turn < 30; turn++) {
        if (await accept.evaluate((it) => it === document.activeElement)) break;
        await b.keyboard.press('Tab');
      }
      await b.keyboard.press('Enter');
      await row(b, 'first.bin').getByText('BLAKE3 of the file').waitFor();
      await row(a, 'first.bin').getByText('BLAKE3 of the file').waitFor();
      await sending;
      expect(statSync(pc.received('first.bin')).size === 70_001, 'the file is there');
    });
    // Slowly, so that it can be looked at while bytes move.
    const slow = ['--to', 'ben-pc', '--limit', '4M'];
    const sending = laptop.command('send', laptop.file('large.bin', large), ...slow);
    sending.catch(() => undefined);
    await story.step('an accepted file shows how far it is on both sides', async () => {
      await b.getByRole('button', { name: 'Accept large.bin' }).waitFor();
      await b.getByRole('button', { name: 'Accept large.bin' }).click();
      for (const page of [a, b]) {
        await row(page, 'large.bin')
          .getByRole('progressbar', { name: 'Progress of large.bin' })
          .waitFor();
        await row(page, 'large.bin')
          .getByText(/% · .+ of 40 MB · .+\/s/)
          .waitFor();
      }
    });
    await story.accessible('a transfer under way', ana);
    await story.step('its sender pauses it in the page', async () => {
      await a.getByRole('button', { name: 'Pause large.bin' }).click();
      await row(a, 'large.bin').getByText('Paused').waitFor();
      expect(!existsSync(pc.received('large.bin')), 'it is not there yet');
      await a.getByRole('button', { name: 'Resume large.bin' }).waitFor();
    });
    await story.accessible('a paused transfer', ana);
    await story.step(
      'and resumes it, and it arrives whole, without what was there already',
      async () => {
        const listed = JSON.parse(await laptop.command('transfers', '--json')) as {
          transfers: { name: string; transfer_id: string }[];
        };
        const id = listed.transfers.find((it) => it.name === 'large.bin')?.transfer_id;
        await laptop.command('transfers', 'limit', id ?? '', 'off');
        await a.getByRole('button', { name: 'Resume large.bin' }).click();
        // The receiver decides anew about every attempt.
        const again = b.getByRole('button', { name: 'Accept large.bin' });
        const done = row(a, 'large.bin').getByText(/were there already/);
        await again.or(row(b, 'large.bin').getByText('BLAKE3 of the file')).first().waitFor();
        if ((await again.count()) > 0) await again.click();
        await done.waitFor();
        await sending.catch(() => undefined);
        expect(statSync(pc.received('large.bin')).size === large, 'the file is there');
      },
    );
    await sharing(scene, laptop);
    await showTransfers(b);
    await story.step('a reload shows the history, which the machines keep', async () => {
      await a.reload();
      for (const name of ['small.bin', 'first.bin', 'large.bin']) await row(a, name).waitFor();
    });
    await story.step('nobody hears of the transfers of others', () => {
      for (const [person, other] of [
        [ana, 'ben-pc'],
        [ben, 'ana-laptop'],
      ] as const) {
        const heard = person
          .heardFrom(`device:${other}`)
          .filter((type) => type.startsWith('share.'));
        expect(heard.length === 0, `nothing of ${other}, not ${heard.join(', ')}`);
      }
      expect(ben.heardFrom('device:ben-pc').includes('share.done'), 'ben hears of his own');
      return Promise.resolve();
    });
    await story.step('a page of somebody else commands nothing', async () => {
      const code = await wish(ben, { to: 'device:ana-laptop', payload: { action: 'list' } });
      expect(code === 'forbidden', `refused with ${code}`);
      const bad = await wish(ana, { to: 'device:ana-laptop', payload: { action: 'explode' } });
      expect(bad === 'field_invalid', `refused with ${bad}`);
    });
    await story.step('on a phone, in French, a thumb refuses a file', async () => {
      const phone = await Person.arrive(browser, {
        viewport: { width: 390, height: 844 },
        hasTouch: true,
        isMobile: true,
        locale: 'fr-FR',
      });
      const p = phone.page;
      await p.goto(server.url);
      await p.getByLabel('Nom d’utilisateur').fill('ben');
      await p.getByLabel('Mot de passe', { exact: true }).fill(password);
      await p.getByRole('button', { name: 'Se connecter' }).tap();
      const third = laptop.command('send', laptop.file('third.bin', 5_000), '--to', 'ben-pc');
      third.catch(() => undefined);
      await p.getByRole('link', { name: /Transferts.*1 fichier attend votre réponse/ }).tap();
      const refuse = p.getByRole('button', { name: 'Refuser third.bin' });
      await refuse.waitFor();
      const { height } = (await refuse.boundingBox()) ?? { height: 0 };
      expect(height >= 44, `a thumb needs 44 px, not ${String(height)}`);
      expect(
        !(await p.evaluate(() => document.documentElement.scrollWidth > innerWidth)),
        'nothing is wider than the screen',
      );
      await refuse.tap();
      await row(p, 'third.bin').getByText('Refusé.').waitFor();
      await third.catch(() => undefined);
      await phone.context.close();
    });
  } finally {
    await laptop.stop();
    await pc.stop();
  }
  await story.step('when the machines are gone the page says so', async () => {
    await showTransfers(a);
    await row(a, 'large.bin').waitFor();
    await a.reload();
    await a.getByText('No machine is connected').waitFor();
    for (const page of [a, b]) {
      await page.getByRole('link', { name: /Workshop/ }).click();
      await page.getByRole('heading', { name: 'Workshop', level: 1 }).waitFor();
    }
  });
}

/** The browser tells of a file that waits while nobody looks at the page, once its person has asked for it. */
async function notices({ server, story, ben }: Scene, laptop: MeshAgent): Promise<void> {
  const b = ben.page;
  const offer = async (name: string) => {
    const sending = laptop.command('send', laptop.file(name, 9_000), '--to', 'ben-pc');
    sending.catch(() => undefined);
    const refuse = b.getByRole('button', { name: `Refuse ${name}` });
    await refuse.waitFor();
    const told = await heard();
    await refuse.click();
    await sending.catch(() => undefined);
    return told;
  };
  await b.context().grantPermissions(['notifications'], { origin: server.url });
  const heard = await hearNotifications(b);
  await story.step('nothing is shown outside the page before its person asks for it', async () => {
    await look(b, false);
    expect((await offer('unasked.bin')).length === 0, 'no notification');
    await look(b, true);
  });
  await story.step('ben wants to hear of files, and hears while he looks elsewhere', async () => {
    await b.getByRole('link', { name: 'Account' }).click();
    await b.getByRole('radio', { name: 'What waits for my answer' }).click();
    await b.getByRole('radio', { name: 'Online', exact: true }).click();
    await b.getByRole('link', { name: /^Transfers/ }).click();
    await b.getByRole('heading', { name: 'Transfers', level: 1 }).waitFor();
    expect((await offer('seen.bin')).length === 0, 'none while he looks at the page');
    await look(b, false);
    const [told] = await offer('unseen.bin');
    expect(
      told === 'ana offers you a file: unseen.bin, for ben-pc. It waits for your answer.',
      `he is told who and what, not ${String(told)}`,
    );
    await look(b, true);
    await b.getByRole('link', { name: 'Account' }).click();
    await b.getByRole('radio', { name: 'Off' }).click();
  });
}

/** Sends share.control past the page's own buttons, over a second socket of the same login; answers the refusal. */
function wish(person: Person, event: { to: string; payload: object }): Promise<string> {
  return person.page.evaluate(
    (sent) =>
      new Promise<string>((done, fail) => {
        const socket = new WebSocket(`ws://${location.host}/ws`);
        socket.onerror = () => {
          fail(new Error('no socket'));
        };
        socket.onopen = () => {
          socket.send(JSON.stringify({ type: 'system.hello', payload: { kind: 'browser' } }));
        };
        socket.onmessage = ({ data }) => {
          const event = JSON.parse(String(data)) as {
            type: string;
            reply_to?: string;
            payload: { code?: string };
          };
          if (event.type === 'system.welcome')
            socket.send(JSON.stringify({ type: 'share.control', id: 'w', ...sent }));
          if (event.reply_to !== 'w') return;
          socket.close();
          done(event.payload.code ?? event.type);
        };
      }),
    event,
  );
}
