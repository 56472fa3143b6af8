/** How long to wait before the next try to connect: doubling, bounded, and spread so that pages do not return in step. */
const firstMilliseconds = 500;
const longestMilliseconds = 30_000;

/** `failures`: tries that failed in a row, from 1. `unit`: a random number in [0, 1). */
export function backoffMilliseconds(failures: number, unit: number): number {
  const full = Math.min(longestMilliseconds, firstMilliseconds * 2 ** Math.min(failures - 1, 16));
  return Math.round(full * (0.5 + unit / 2));
}
