/** Changes of what each role may do. */
import type { Capability, Grid, Role } from '../protocol/shapes';

const control: Capability = 'terminal:control';
const view: Capability = 'terminal:view';

/** Controlling a terminal needs seeing it, so the two follow each other. */
export function toggled(grid: Grid, role: Role, capability: Capability): Grid {
  const now = new Set(grid[role]);
  if (now.delete(capability)) {
    if (capability === view) now.delete(control);
  } else {
    now.add(capability);
    if (capability === control) now.add(view);
  }
  return { ...grid, [role]: [...now] };
}
