import { describe, expect, it } from 'vitest';
import { Rest } from '../protocol/rest';
import type { Command } from '../protocol/command';
import { readEvent, type EventOf } from '../protocol/event';
import {
  CountingRandom,
  FakeServer,
  HandClock,
  MapStorage,
  message,
  settled,
} from '../testing/fakes';
import { ChatModel } from './chat';
import { Outbox } from './outbox';

const me = 'usr_ana';

function stage(online = true, storage = new MapStorage()) {
  const clock = new HandClock();
  const server = new FakeServer();
  const sent: Command[] = [];
  const link = { online };
  const random = new CountingRandom();
  const send = (command: Command) => {
    if (!link.online) return null;
    sent.push(command);
    return `evt-${String(sent.length)}`;
  };
  const outbox = new Outbox(storage, me);
  const rest = new Rest(server.http);
  const chat = new ChatModel({ rest, clock, random, outbox, send }, me);
  const state = () => chat.timeline('rom_1').get();
  const history = (query: string, messages: object[], has_more = false) => {
    const path = `GET /api/rooms/rom_1/messages?${query}`;
    server.answers.set(path, { body: { messages, has_more } });
  };
  const seqs = () => state().messages.map((it) => it.seq);
  return { clock, server, sent, link, chat, state, history, seqs };
}

const mine = (seq: number, clientId: string) =>
  message(seq, { user_id: me, username: 'ana', client_id: clientId });

function refusal(replyTo: string): EventOf<'system.error'> {
  return readEvent({
    type: 'system.error',
    reply_to: replyTo,
    payload: { code: 'rate_limited', message: 'slow down' },
  }) as EventOf<'system.error'>;
}

describe('history', () => {
  it('loads the newest page once, then older ones on demand', async () => {
    const { chat, history, seqs, state, server } = stage();
    history('limit=50', [message(51), message(52)], true);
    history('before=51&limit=50', [message(49), message(50)]);
    await chat.open('rom_1', null);
    await chat.open('rom_1', null);
    expect(seqs()).toEqual([51, 52]);
    expect(state().older).toBe('more');
    await chat.older('rom_1');
    expect(seqs()).toEqual([49, 50, 51, 52]);
    expect(state().older).toBe('none');
    await chat.older('rom_1');
    expect(server.asked).toHaveLength(2);
  });

  it('a failure is kept and can be tried again', async () => {
    const { chat, history, state, server } = stage();
    server.answers.set('GET /api/rooms/rom_1/messages?limit=50', 'no answer');
    await chat.open('rom_1', null);
    expect(state()).toMatchObject({ status: 'failed', error: { code: 'offline' } });
    history('limit=50', [message(1)]);
    await chat.open('rom_1', null);
    expect(state()).toMatchObject({ status: 'ready', error: null });
  });

  it('a failed older page can be tried again', async () => {
    const { chat, history, state, server } = stage();
    history('limit=50', [message(51)], true);
    await chat.open('rom_1', null);
    server.answers.set('GET /api/rooms/rom_1/messages?before=51&limit=50', 'no answer');
    await chat.older('rom_1');
    expect(state().older).toBe('failed');
    history('before=51&limit=50', [message(50)]);
    await chat.older('rom_1');
    expect(state().older).toBe('none');
  });
});

describe('sending', () => {
  it('shows the message at once; the own copy from the server confirms it', () => {
    const { chat, sent, state, seqs } = stage();
    chat.send('rom_1', 'hello');
    expect(state().pending).toMatchObject([{ text: 'hello', state: 'sending' }]);
    expect(sent[0]).toMatchObject({ type: 'chat.send', payload: { text: 'hello' } });
    const clientId = state().pending[0]?.client_id ?? '';
    chat.received(mine(1, clientId));
    expect(state().pending).toEqual([]);
    expect(seqs()).toEqual([1]);
  });

  it('the same client_id of somebody else confirms nothing', () => {
    const { chat, state } = stage();
    chat.send('rom_1', 'hello');
    chat.received(message(1, { client_id: state().pending[0]?.client_id ?? '' }));
    expect(state().pending).toHaveLength(1);
  });

  it('a refusal marks the message; a retry sends it under the same client_id', () => {
    const { chat, sent, state } = stage();
    chat.send('rom_1', 'hello');
    expect(chat.refused(refusal('evt-1'))).toBe(true);
    expect(state().pending[0]).toMatchObject({ state: 'failed', error: { code: 'rate_limited' } });
    const clientId = state().pending[0]?.client_id ?? '';
    chat.retry('rom_1', clientId);
    expect(state().pending[0]?.state).toBe('sending');
    expect(sent[1]).toEqual(sent[0]);
    expect(chat.refused(refusal('evt-99'))).toBe(false);
  });

  it('without an answer it fails after ten seconds and can be discarded', () => {
    const { chat, clock, state } = stage();
    chat.send('rom_1', 'hello');
    clock.pass(9_999);
    expect(state().pending[0]?.state).toBe('sending');
    clock.pass(1);
    expect(state().pending[0]).toMatchObject({ state: 'failed', error: { code: 'timed_out' } });
    chat.discard('rom_1', state().pending[0]?.client_id ?? '');
    expect(state().pending).toEqual([]);
  });

  it('a late confirmation still clears a message that was given up', () => {
    const { chat, clock, state } = stage();
    chat.send('rom_1', 'hello');
    clock.pass(10_000);
    chat.received(mine(1, state().pending[0]?.client_id ?? ''));
    expect(state().pending).toEqual([]);
  });
});

describe('after a lost link', () => {
  it('what was missed is fetched, then what waited is sent', async () => {
    const { chat, history, link, sent, seqs, state } = stage();
    history('limit=50', [message(1)]);
    await chat.open('rom_1', null);
    link.online = false;
    chat.send('rom_1', 'waits');
    expect(sent).toHaveLength(0);
    link.online = true;
    history('after=1&limit=50', [message(2), message(3)], true);
    history('after=3&limit=50', [message(4)]);
    await chat.resume();
    expect(seqs()).toEqual([1, 2, 3, 4]);
    expect(sent).toHaveLength(1);
    expect(state().pending).toHaveLength(1);
  });

  it('a message that did arrive before the cut is not sent again', async () => {
    const { chat, history, sent, state } = stage();
    history('limit=50', [message(1)]);
    await chat.open('rom_1', null);
    chat.send('rom_1', 'arrived');
    history('after=1&limit=50', [mine(2, state().pending[0]?.client_id ?? '')]);
    await chat.resume();
    expect(sent).toHaveLength(1);
    expect(state().pending).toEqual([]);
  });

  it('a gap in the live messages is filled', async () => {
    const { chat, history, seqs } = stage();
    history('limit=50', [message(1)]);
    await chat.open('rom_1', null);
    history('after=1&limit=50', [message(2), message(3), message(4)]);
    chat.received(message(4));
    expect(seqs()).toEqual([1, 4]);
    await settled();
    expect(seqs()).toEqual([1, 2, 3, 4]);
  });

  it('a message that comes twice is there once', async () => {
    const { chat, history, seqs } = stage();
    history('limit=50', [message(1), message(2)]);
    await chat.open('rom_1', null);
    chat.received(message(2));
    chat.received(message(1));
    expect(seqs()).toEqual([1, 2]);
  });
});

describe('a page that is closed', () => {
  it('finds its unsent messages again and sends them under the same client_id', async () => {
    const storage = new MapStorage();
    const before = stage(false, storage);
    before.chat.send('rom_1', 'first');
    before.chat.send('rom_1', 'second');
    const after = stage(true, storage);
    expect(after.state().pending.map((it) => it.text)).toEqual(['first', 'second']);
    await after.chat.resume();
    expect(after.sent.map((it) => it.payload)).toMatchObject([
      { text: 'first' },
      { text: 'second' },
    ]);
    const clientId = before.state().pending[0]?.client_id ?? '';
    expect(after.state().pending[0]?.client_id).toBe(clientId);
    after.chat.received(mine(1, clientId));
    expect(
      stage(true, storage)
        .state()
        .pending.map((it) => it.text),
    ).toEqual(['second']);
  });

  it('does not send what was discarded', () => {
    const storage = new MapStorage();
    const { chat, state } = stage(false, storage);
    chat.send('rom_1', 'no');
    chat.discard('rom_1', state().pending[0]?.client_id ?? '');
    expect(stage(true, storage).state().pending).toEqual([]);
  });

  it('a message that arrived although it was not confirmed is found in the history', async () => {
    const storage = new MapStorage();
    const before = stage(true, storage);
    before.chat.send('rom_1', 'arrived');
    const after = stage(true, storage);
    after.history('limit=50', [mine(1, before.state().pending[0]?.client_id ?? '')]);
    await after.chat.open('rom_1', null);
    expect(after.state().pending).toEqual([]);
    expect(stage(true, storage).state().pending).toEqual([]);
  });

  it('a damaged memory counts as empty', () => {
    const storage = new MapStorage();
    storage.set(`mesh.outbox.${me}`, '[{"room_id":1}]');
    expect(stage(true, storage).state().pending).toEqual([]);
  });
});
