import { beforeEach, describe, expect, it } from 'vitest';
import { HandClock } from '../testing/fakes';
import { Player, type Stage } from './player';
import type { Recording } from './recording';

const recording: Recording = {
  cols: 40,
  rows: 10,
  title: '',
  events: [
    { kind: 'output', at: 0, text: 'a' },
    { kind: 'output', at: 1, text: 'b' },
    { kind: 'marker', at: 1.5, text: 'ben types' },
    { kind: 'resize', at: 2, cols: 60, rows: 12 },
    { kind: 'output', at: 2, text: 'c' },
    { kind: 'output', at: 10, text: 'd' },
  ],
};

/** Draws at once, and shows what stands on the screen since its last reset. */
class Paper implements Stage {
  text = '';
  size = '';
  /** Held back, so that a wish comes in between. */
  held: (() => void)[] | null = null;
  resize(cols: number, rows: number): void {
    this.size = `${String(cols)}x${String(rows)}`;
  }
  write(text: string, drawn: () => void): void {
    this.text = text.startsWith('\x1bc') ? text.slice(2) : this.text + text;
    if (this.held) this.held.push(drawn);
    else drawn();
  }
}

let clock: HandClock;
let paper: Paper;
let player: Player;
/** Lets what waits for a drawing go on. */
const settle = async () => {
  for (let turn = 0; turn < 20; turn++) await Promise.resolve();
};
const pass = async (milliseconds: number) => {
  for (let passed = 0; passed < milliseconds; passed += 50) {
    clock.pass(50);
    await settle();
  }
};
beforeEach(async () => {
  clock = new HandClock();
  paper = new Paper();
  player = new Player(recording, paper, clock);
  await settle();
});

describe('a player', () => {
  it('shows the beginning, and plays on when it is told to', async () => {
    expect([paper.text, paper.size, player.length]).toEqual(['a', '40x10', 10]);
    await pass(5_000);
    expect(paper.text).toBe('a');
    player.play();
    await pass(1_000);
    expect([paper.text, player.state.get().marker]).toEqual(['ab', '']);
    await pass(1_000);
    expect([paper.text, paper.size, player.state.get().marker]).toEqual([
      'abc',
      '60x12',
      'ben types',
    ]);
    expect(player.state.get().playing).toBe(true);
    await pass(9_000);
    expect(paper.text).toBe('abcd');
    expect(player.state.get()).toMatchObject({ position: 10, playing: false });
  });

  it('stands still in a pause, and goes on from there', async () => {
    player.play();
    await pass(500);
    player.pause();
    await pass(5_000);
    expect(paper.text).toBe('a');
    expect(player.state.get().position).toBeCloseTo(0.5);
    player.play();
    await pass(500);
    expect(paper.text).toBe('ab');
  });

  it('goes to any place, forward and back', async () => {
    player.seek(9);
    await settle();
    expect([paper.text, paper.size]).toEqual(['abc', '60x12']);
    player.seek(0.5);
    await settle();
    expect([paper.text, paper.size]).toEqual(['a', '40x10']);
    player.seek(99);
    await settle();
    expect([paper.text, player.state.get().position]).toEqual(['abcd', 10]);
    player.play();
    await settle();
    expect([paper.text, player.state.get().playing]).toEqual(['a', true]);
  });

  it('plays faster and slower', async () => {
    player.setSpeed(4);
    player.play();
    await pass(550);
    expect(paper.text).toBe('abc');
    player.setSpeed(0.5);
    await pass(2_000);
    expect(player.state.get().position).toBeCloseTo(3.2);
  });

  it('follows the last wish while it still draws', async () => {
    paper.held = [];
    player.seek(10);
    player.seek(0.5);
    const drawing = paper.held;
    paper.held = null;
    for (const drawn of drawing) drawn();
    await settle();
    expect([paper.text, paper.size]).toEqual(['a', '40x10']);
  });

  it('ends with its screen', async () => {
    player.play();
    player.end();
    await pass(5_000);
    expect(paper.text).toBe('a');
  });
});
