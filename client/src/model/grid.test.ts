import { expect, it } from 'vitest';
import { toggled } from './grid';

const grid = { owner: ['call', 'newer:word'], member: ['terminal:view'], guest: [] };

it.each([
  ['owner', 'call', ['newer:word']],
  ['owner', 'screen', ['call', 'newer:word', 'screen']],
  ['member', 'terminal:view', []],
  ['guest', 'terminal:control', ['terminal:control', 'terminal:view']],
] as const)('%s and %s', (role, capability, wanted) => {
  const next = toggled(grid, role, capability);
  expect(next[role]).toEqual(wanted);
  for (const other of ['owner', 'member', 'guest'] as const)
    if (other !== role) expect(next[other]).toBe(grid[other]);
});

it('control goes when seeing goes', () => {
  const both = { ...grid, guest: ['terminal:view', 'terminal:control'] };
  expect(toggled(both, 'guest', 'terminal:view').guest).toEqual([]);
});
