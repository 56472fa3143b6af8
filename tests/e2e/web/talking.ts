/** They talk, read back, and the connection breaks. */
import { post } from './agent.ts';
import { composer, log, password, row, say, type Scene } from './scene.ts';
import { expect } from './steps.ts';

export async function talking({ server, story, ana, ben }: Scene): Promise<void> {
  const a = ana.page;
  const b = ben.page;
  await story.step('ana writes and ben reads it live', async () => {
    await say(a, 'Hello ben, the plan is at https://example.org/plan.');
    await row(b, 'the plan is at').waitFor();
    const link = b.getByRole('link', { name: 'https://example.org/plan' });
    expect(
      (await link.getAttribute('href')) === 'https://example.org/plan',
      'a link without the full stop',
    );
  });
  await story.step('ben begins to write and ana sees it', async () => {
    await composer(b).pressSequentially('Hi');
    await a.getByText('ben is writing…').waitFor();
  });
  await story.step('his answer reaches her', async () => {
    await say(b, 'Hi ana! `make` works.\nSecond line');
    await row(a, 'Second line').waitFor();
    await a.getByText('ben is writing…').waitFor({ state: 'detached' });
  });
  await story.step('markup in a message stays text', async () => {
    await say(a, '<img src=x onerror=alert(1)> <b>bold</b>');
    await row(b, '<img src=x onerror=alert(1)> <b>bold</b>').waitFor();
  });
  await story.accessible('a conversation', ana);
  await story.step('after a reload the history is there', async () => {
    await b.reload();
    await row(b, 'Hello ben').waitFor();
    await row(b, 'Second line').waitFor();
  });
  await story.step('ben looks elsewhere and the room shows what he has not read', async () => {
    await b.getByRole('link', { name: 'Devices' }).click();
    await b.getByRole('heading', { name: 'Devices', level: 1 }).waitFor();
    await say(a, 'Are you there?');
    await b.getByRole('link', { name: /Workshop.*1 unread message/ }).click();
    await b.getByRole('separator').filter({ hasText: 'New messages' }).waitFor();
    await row(b, 'Are you there?').waitFor();
  });
  await story.step('a long history loads as one scrolls up', async () => {
    const { body } = await post(server.url, '/api/auth/login', { username: 'ana', password });
    const rooms = (await (
      await fetch(`${server.url}/api/rooms`, {
        headers: { Authorization: `Bearer ${String(body.access_token)}` },
      })
    ).json()) as { rooms: { id: string }[] };
    const room = rooms.rooms[0]?.id ?? '';
    for (let line = 1; line <= 70; line++) {
      const { status } = await post(
        server.url,
        `/api/rooms/${room}/messages`,
        { text: `line ${String(line)}`, client_id: `bulk-${String(line)}` },
        String(body.access_token),
      );
      expect(status === 201, `line ${String(line)} is accepted, not ${String(status)}`);
    }
    await row(b, 'line 70').waitFor();
    await b.reload();
    await row(b, 'line 70').waitFor();
    expect((await row(b, 'Hello ben').count()) === 0, 'only the newest page at first');
    await log(b).hover();
    for (let turn = 0; turn < 40 && (await row(b, 'Hello ben').count()) === 0; turn++) {
      await b.mouse.wheel(0, -2_000);
      await b.evaluate(() => new Promise((done) => requestAnimationFrame(done)));
    }
    await row(b, 'Hello ben').waitFor();
    await b.getByRole('button', { name: 'To the newest messages' }).click();
    await row(b, 'line 70').scrollIntoViewIfNeeded();
  });
}

export async function interruption({ server, story, ana, ben }: Scene): Promise<void> {
  const a = ana.page;
  const b = ben.page;
  await story.step('when the server goes away both are told, and a message waits', async () => {
    await server.stop();
    await a.getByText(/No connection\.|Trying to connect/).waitFor();
    await say(a, 'Written without a connection');
    await row(a, 'Written without a connection').getByText('Waits for the connection').waitFor();
  });
  await story.accessible('the page without a connection', ana);
  await story.step('when it is back the message goes out and arrives', async () => {
    await server.start();
    for (const page of [a, b]) {
      // It may have come back by itself already.
      await page
        .getByRole('button', { name: 'Connect now' })
        .click({ timeout: 2_000 })
        .catch(() => undefined);
    }
    await row(b, 'Written without a connection').waitFor();
    await row(a, 'Written without a connection').getByText('Waits').waitFor({ state: 'detached' });
    await a.getByText(/No connection\./).waitFor({ state: 'detached' });
  });
  await story.step('no message is there twice', async () => {
    expect((await row(a, 'Written without a connection').count()) === 1, 'one row for ana');
    expect((await row(b, 'Written without a connection').count()) === 1, 'one row for ben');
  });
}
