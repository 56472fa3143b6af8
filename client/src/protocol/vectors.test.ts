import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { renderCommand } from './command';
import { parseEvent, readEvent } from './event';

const folder = new URL('../../../tests/vectors/events/', import.meta.url);
const vectors = readdirSync(folder).map((file) => {
  const content = JSON.parse(readFileSync(new URL(file, folder), 'utf8')) as {
    event: { type: string };
  };
  return { file, event: content.event };
});

/** Sent by clients only: the page never has to read them. */
const clientOnly = new Set([
  'system.hello',
  'system.ack',
  'room.join',
  'room.leave',
  'presence.set',
  'chat.send',
  'p2p.session.request',
  'p2p.session.renew',
  'p2p.session.close',
  'share.control',
  'terminal.manage',
]);

describe('golden vectors', () => {
  for (const { file, event } of vectors) {
    if (clientOnly.has(event.type)) continue;
    it(`reads ${file}`, () => {
      expect(readEvent(event).type).not.toBe('unknown');
    });
  }

  it('covers every event that the server sends', () => {
    const seen = new Set(vectors.map(({ event }) => event.type));
    for (const type of ['system.welcome', 'chat.message', 'room.joined', 'presence.changed']) {
      expect(seen).toContain(type);
    }
  });
});

describe('what the page sends', () => {
  it('writes terminal.manage as the vector has it', () => {
    const { event } = vectors.find((it) => it.event.type === 'terminal.manage') ?? { event: null };
    const payload = { action: 'allow', name: 'build', viewer: 'ben', minutes: 5 } as const;
    const command = { type: 'terminal.manage', to: 'device:ana-laptop', payload } as const;
    const written = JSON.parse(renderCommand(command, 'i', 't')) as object;
    const same = { id: '', timestamp: '' };
    expect({ ...event, ...written, ...same }).toEqual({ ...event, ...same });
  });

  it('writes share.control as the vector has it', () => {
    const { event } = vectors.find((it) => it.event.type === 'share.control') ?? { event: null };
    const payload = { action: 'pause', transfer_id: '4' } as const;
    const command = { type: 'share.control', to: 'device:ana-laptop', payload } as const;
    const written = JSON.parse(renderCommand(command, 'i', 't')) as object;
    expect({ ...event, ...written, id: '', timestamp: '' }).toEqual({
      ...event,
      id: '',
      timestamp: '',
    });
  });
});

describe('what is not ours', () => {
  it.each([
    ['no JSON', '{', 'message'],
    ['a list', '[]', 'message'],
    ['no type', '{}', 'type'],
    ['a chat message without text', '{"type":"chat.message","payload":{"id":"msg_1"}}', 'payload.'],
    ['a sequence that is not whole', '{"type":"x","seq":1.5}', 'seq'],
  ])('%s is refused and the part is named', (_name, input, part) => {
    expect(() => parseEvent(input)).toThrow(part);
  });

  it('an event of a newer server is passed as unknown', () => {
    expect(parseEvent('{"type":"moon.rise","payload":{}}')).toMatchObject({
      type: 'unknown',
      name: 'moon.rise',
    });
  });

  it('fields we do not know are dropped', () => {
    const event = parseEvent('{"type":"room.deleted","payload":{"room_id":"rom_1","new":1}}');
    expect(event.payload).toEqual({ room_id: 'rom_1' });
  });
});
