import { beforeEach, describe, expect, it } from 'vitest';
import type { Command } from '../protocol/command';
import { readEvent } from '../protocol/event';
import { HandClock } from '../testing/fakes';
import { Notices } from './notices';
import { askers, OwnTerminalsModel, type OwnTerminal } from './own_terminals';

let sent: Command[];
let notices: Notices;
let model: OwnTerminalsModel;
let askedFor: string[];
beforeEach(() => {
  sent = [];
  notices = new Notices(new HandClock());
  askedFor = [];
  model = new OwnTerminalsModel(
    (command) => String(sent.push(command)),
    notices,
    'usr_ana',
    ({ machine, name }, person) => askedFor.push(`${person} ${machine}/${name}`),
  );
});

const build = {
  name: 'build',
  cols: 80,
  rows: 24,
  hidden: false,
  watching: ['ben'],
  asked: ['ben'],
};
const managed = (terminals: object[], more: object = {}, from = 'device:pc') => {
  model.received(readEvent({ type: 'terminal.managed', from, payload: { terminals, ...more } }));
};
const presence = (online: boolean, user_id = 'usr_ana') => {
  const payload = { user_id, username: 'x', device_id: 'pc', kind: 'agent', online };
  model.received(readEvent({ type: 'presence.changed', payload }));
};

describe('the terminals of one’s own machines', () => {
  it('are asked for when a machine comes, and go with it', () => {
    presence(true, 'usr_ben');
    expect(sent).toEqual([]);
    presence(true);
    expect(sent).toEqual([
      { type: 'terminal.manage', to: 'device:pc', payload: { action: 'list' } },
    ]);
    managed([build]);
    expect(model.state.get()).toEqual([{ ...build, machine: 'pc', controller: null, sizes: null }]);
    expect(askers(model.state.get())).toBe(1);
    managed([{ ...build, name: 'other', asked: [] }], {}, 'device:nas');
    managed([]);
    expect(model.state.get().map(({ machine }) => machine)).toEqual(['nas']);
    presence(false);
    managed([build]);
    presence(false);
    expect(model.state.get().map(({ machine }) => machine)).toEqual(['nas']);
  });

  it('tell of each question for a keyboard once', () => {
    presence(true);
    managed([build]);
    managed([{ ...build, watching: ['ben', 'eve'] }]);
    managed([{ ...build, asked: ['ben', 'eve'] }]);
    managed([{ ...build, asked: [] }]);
    managed([build]);
    expect(askedFor).toEqual(['ben pc/build', 'eve pc/build', 'ben pc/build']);
  });

  it('are asked for again when one more is announced', () => {
    const announced = (user_id: string) => {
      const { name, cols, rows } = build;
      const whose = { device_id: 'pc', user_id, username: 'x', ended: false };
      model.received(
        readEvent({ type: 'terminal.shared', payload: { ...whose, name, cols, rows } }),
      );
    };
    announced('usr_ben');
    announced('usr_ana');
    expect(sent).toHaveLength(1);
  });

  it('do what their person wants, or say why not', () => {
    managed([build]);
    const [terminal] = model.state.get() as [OwnTerminal];
    model.wish(terminal, { action: 'allow', viewer: 'ben', minutes: 5 });
    expect(sent.at(-1)).toEqual({
      type: 'terminal.manage',
      to: 'device:pc',
      payload: { action: 'allow', viewer: 'ben', minutes: 5, name: 'build' },
    });
    managed([build], { refused: 'not_found' });
    expect(notices.state.get()).toHaveLength(1);
    const error = readEvent({
      type: 'system.error',
      reply_to: '1',
      payload: { code: 'peer_offline', message: 'gone' },
    });
    expect(error.type === 'system.error' && model.refused(error)).toBe(true);
    expect(error.type === 'system.error' && model.refused(error)).toBe(false);
    expect(notices.state.get()).toHaveLength(2);
  });
});
