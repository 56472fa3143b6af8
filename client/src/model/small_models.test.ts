import { describe, expect, it, vi } from 'vitest';
import { HandClock, MapStorage } from '../testing/fakes';
import { Attendance } from './attendance';
import { Drafts } from './drafts';
import { utf8Bytes } from './bytes';
import { normalizedCode } from './devices';
import { Lifetime } from './lifetime';
import { Preferences } from './preferences';
import { Resource } from './resource';
import { formatRoute, parseRoute, type Route } from './route';
import { TypingModel } from './typing';
import { UndoQueue } from './undo';
import { UnreadModel, unreadCount } from './unread';
import { describeAgent } from './user_agent';

describe('routes', () => {
  const routes: Route[] = [
    { page: 'home' },
    { page: 'login' },
    { page: 'register' },
    { page: 'setup', token: 'a b/c' },
    { page: 'invite', code: 'x_-1' },
    { page: 'room', roomId: 'rom_1' },
    { page: 'devices' },
    { page: 'transfers' },
    { page: 'terminals' },
    { page: 'replay' },
    { page: 'terminal', machine: 'ana-pc', name: 'build #1/ä', room: null },
    { page: 'terminal', machine: 'ana-pc', name: 'build', room: 'rom_1' },
    { page: 'confirm', code: null },
    { page: 'confirm', code: 'ABCD-EFGH' },
    { page: 'account' },
  ];
  it.each(routes)('$page survives being written and read', (route) => {
    expect(parseRoute(formatRoute(route))).toEqual(route);
  });
  it.each([
    '#/nowhere',
    '#/rooms',
    '#/rooms/a/b',
    '#/setup',
    '#/invite/%',
    '#/terminals/a',
    '#/terminals/a/b/c',
  ])('%s is unknown', (hash) => {
    expect(parseRoute(hash).page).toBe('unknown');
  });
});

describe('login codes', () => {
  it.each([
    ['abcd-efgh', 'ABCD-EFGH'],
    [' abcd efgh ', 'ABCD-EFGH'],
    ['oil0-1234', '0110-1234'],
    ['ABCDEFGH', 'ABCD-EFGH'],
    ['ABCD-EFG', null],
    ['ABCD-EFGU', null],
    ['', null],
  ])('"%s" reads as %s', (typed, code) => {
    expect(normalizedCode(typed)).toBe(code);
  });
});

describe('unread', () => {
  it('counts from what was read, and is kept', () => {
    const storage = new MapStorage();
    const unread = new UnreadModel(storage, 'usr_ana');
    expect(unread.readThrough('rom_1', 5)).toBe(5);
    expect(unreadCount(unread.state.get(), 'rom_1', 8)).toBe(3);
    unread.read('rom_1', 8);
    unread.read('rom_1', 6);
    const again = new UnreadModel(storage, 'usr_ana');
    expect(unreadCount(again.state.get(), 'rom_1', 9)).toBe(1);
  });
  it('a damaged memory counts as none', () => {
    const storage = new MapStorage();
    storage.set('mesh.read.usr_ana', '[["rom_1",1],["rom_2"],');
    expect(new UnreadModel(storage, 'usr_ana').state.get().size).toBe(0);
  });
});

describe('typing', () => {
  it('is said at most every three seconds, and at once after a message', () => {
    const clock = new HandClock();
    const said = vi.fn();
    const typing = new TypingModel(clock, said);
    typing.writing('rom_1');
    clock.pass(2_999);
    typing.writing('rom_1');
    expect(said).toHaveBeenCalledTimes(1);
    clock.pass(1);
    typing.writing('rom_1');
    typing.sent('rom_1');
    typing.writing('rom_1');
    expect(said).toHaveBeenCalledTimes(3);
  });
  it('ends six seconds after the last word about it', () => {
    const clock = new HandClock();
    const typing = new TypingModel(clock, () => undefined);
    const names = () => [...(typing.state.get().get('rom_1')?.values() ?? [])];
    const ben = { room_id: 'rom_1', user_id: 'usr_ben', username: 'ben' };
    typing.heard(ben);
    clock.pass(5_000);
    typing.heard(ben);
    clock.pass(5_999);
    expect(names()).toEqual(['ben']);
    clock.pass(1);
    expect(names()).toEqual([]);
  });
});

describe('undo', () => {
  it('does the work after the time, once', () => {
    const clock = new HandClock();
    const queue = new UndoQueue(clock, 6_000);
    const work = vi.fn();
    queue.plan('a', work);
    clock.pass(5_999);
    expect(work).not.toHaveBeenCalled();
    clock.pass(1);
    queue.now('a');
    expect(work).toHaveBeenCalledExactlyOnceWith(false);
    expect(queue.state.get().size).toBe(0);
  });
  it('never does what was taken back', () => {
    const clock = new HandClock();
    const queue = new UndoQueue(clock, 6_000);
    const work = vi.fn();
    queue.plan('a', work);
    queue.undo('a');
    clock.pass(60_000);
    queue.flush();
    expect(work).not.toHaveBeenCalled();
  });
  it('does all that is planned when the page closes', () => {
    const queue = new UndoQueue(new HandClock(), 6_000);
    const work = vi.fn();
    queue.plan('a', work);
    queue.plan('b', work);
    queue.flush();
    expect(work.mock.calls).toEqual([[true], [true]]);
  });
});

describe('a resource', () => {
  it('drops an answer that a newer call overtook', async () => {
    const answers: ((value: string) => void)[] = [];
    const resource = new Resource(() => new Promise<string>((done) => answers.push(done)));
    const first = resource.load();
    const second = resource.load();
    answers[1]?.('new');
    await second;
    answers[0]?.('old');
    await first;
    expect(resource.state.get()).toMatchObject({ status: 'ready', value: 'new' });
  });
  it('keeps its value when a newer fetch fails', async () => {
    let fail = false;
    const resource = new Resource(() =>
      fail ? Promise.reject(new Error('x')) : Promise.resolve(1),
    );
    await resource.load();
    fail = true;
    await resource.load();
    expect(resource.state.get()).toMatchObject({ status: 'failed', value: 1 });
  });
});

describe('drafts', () => {
  it('are kept by person and room, and go when they are emptied', () => {
    const storage = new MapStorage();
    const drafts = new Drafts(storage, 'usr_ana');
    drafts.write('rom_1', 'begun');
    drafts.write('rom_2', 'also');
    drafts.write('rom_2', '');
    expect(new Drafts(storage, 'usr_ana').of('rom_1')).toBe('begun');
    expect(new Drafts(storage, 'usr_ana').of('rom_2')).toBe('');
    expect(new Drafts(storage, 'usr_ben').of('rom_1')).toBe('');
  });

  it.each(['{', '5', '[{"room":1}]'])('a damaged store %s is an empty one', (text) => {
    const storage = new MapStorage();
    storage.set('mesh.drafts.usr_ana', text);
    expect(new Drafts(storage, 'usr_ana').state.get().size).toBe(0);
  });
});

describe('attendance', () => {
  it('a window left alone stays present while another one of the browser is used', () => {
    const clock = new HandClock();
    const storage = new MapStorage();
    const left = new Attendance(clock, storage, 'usr_ana');
    const used = new Attendance(clock, storage, 'usr_ana');
    for (let minute = 0; minute < 20; minute++) {
      clock.pass(60_000);
      used.touched();
    }
    expect(left.status.get()).toBe('online');
    clock.pass(11 * 60_000);
    expect(left.status.get()).toBe('away');
    expect(used.status.get()).toBe('away');
    used.end();
    left.end();
  });

  it('what was chosen is kept', () => {
    const storage = new MapStorage();
    new Attendance(new HandClock(), storage, 'usr_ana').choose('dnd');
    expect(new Attendance(new HandClock(), storage, 'usr_ana').status.get()).toBe('dnd');
  });
});

describe('preferences', () => {
  it.each([
    [['fr-CA', 'en'], 'fr'],
    [['de', 'fr'], 'fr'],
    [['de'], 'en'],
    [[], 'en'],
  ] as const)('a browser that speaks %j reads %s', (spoken, language) => {
    expect(new Preferences(new MapStorage(), spoken).state.get().language).toBe(language);
  });
  it('are kept', () => {
    const storage = new MapStorage();
    const first = new Preferences(storage, ['en']);
    first.setLanguage('fr');
    first.setTheme('light');
    const again = new Preferences(storage, ['en']);
    first.setDensity('compact');
    first.setAlerts('all');
    expect(again.state.get()).toMatchObject({ language: 'fr', theme: 'light' });
    expect(new Preferences(storage, ['en']).state.get()).toEqual({
      language: 'fr',
      theme: 'light',
      density: 'compact',
      alerts: 'all',
    });
  });
});

it('a lifetime ends the newest first, and once', () => {
  const order: string[] = [];
  const life = new Lifetime();
  life.own(() => order.push('first'));
  life.own(() => order.push('second'));
  life.end();
  life.end();
  life.own(() => order.push('late'));
  expect(order).toEqual(['second', 'first', 'late']);
});

it.each([
  ['Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0', 'Firefox, Linux'],
  [
    'Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/141 Safari/537.36 Edg/141',
    'Edge, Windows',
  ],
  [
    'Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Safari/604.1',
    'Safari, iOS',
  ],
  ['curl/8', null],
])('%s is %s', (agent, name) => {
  expect(describeAgent(agent)).toBe(name);
});

it.each(['', 'a', 'é', '€', '👋', 'Bonjour, ça va ? 👋'])(
  '"%s" has as many bytes as in UTF-8',
  (text) => {
    expect(utf8Bytes(text)).toBe(Buffer.byteLength(text));
  },
);
