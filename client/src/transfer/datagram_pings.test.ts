import { beforeEach, describe, expect, it, vi } from 'vitest';
import { soon, Stage } from '../testing/direct_stage';

vi.setConfig({ testTimeout: 60_000 });

const answered = (sent: Uint8Array) => [Uint8Array.of(0x02, ...sent.subarray(1))];

let stage: Stage;
beforeEach(() => {
  stage = new Stage();
});

describe('the round trip to a machine', () => {
  it('is measured by datagrams where there are any', async () => {
    stage.agent.manners.datagrams = answered;
    const { state, roundTrips } = await stage.check();
    expect(state).toBe('done');
    expect(roundTrips).toHaveLength(5);
    const sent = stage.agent.datagrams.map((it) => Buffer.from(it).toString('hex'));
    expect(sent.slice(0, 2)).toEqual(['010000000000000001', '010000000000000002']);
    expect(sent.length).toBeGreaterThanOrEqual(5);
    expect(stage.agent.pinged).toBe(0);
  });

  it('believes no answer but that of its own question', async () => {
    stage.agent.manners.datagrams = (sent) => [
      new Uint8Array(0),
      Uint8Array.of(0x02),
      sent,
      Uint8Array.of(0x02, ...sent.subarray(1, 8), 0xff),
      ...answered(sent),
    ];
    expect((await stage.check()).roundTrips).toHaveLength(5);
    expect(stage.agent.pinged).toBe(0);
  });

  it('is measured on a stream when two datagrams in a row are lost', async () => {
    stage.agent.manners.datagrams = () => [];
    const checked = stage.check();
    await soon('a datagram', () => stage.agent.datagrams.length === 1);
    stage.clock.pass(1_000);
    await soon('the next datagram', () => stage.agent.datagrams.length === 2);
    expect(stage.agent.pinged).toBe(8);
    stage.clock.pass(1_000);
    expect((await checked).roundTrips).toHaveLength(5);
    expect(stage.agent.datagrams).toHaveLength(2);
    expect(stage.agent.pinged).toBeGreaterThanOrEqual(40);
  });

  it('goes on by datagrams when one is lost', async () => {
    let count = 0;
    stage.agent.manners.datagrams = (sent) => (++count === 2 ? [] : answered(sent));
    const checked = stage.check();
    await soon('the lost one', () => count === 2);
    stage.clock.pass(1_000);
    expect((await checked).roundTrips).toHaveLength(5);
    expect(stage.agent.pinged).toBe(8);
  });

  it('is on a stream where there are no datagrams', async () => {
    expect((await stage.check()).roundTrips).toHaveLength(5);
    expect(stage.agent.pinged).toBeGreaterThanOrEqual(40);
  });
});
