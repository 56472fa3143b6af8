/** What browsers say of themselves, in two words: "Firefox, Linux". */

// The order matters: Edge and Opera also say Chrome, Chrome also says Safari.
const browsers: readonly (readonly [string, RegExp])[] = [
  ['Edge', /Edg(A|iOS)?\//],
  ['Opera', /OPR\//],
  ['Firefox', /(Firefox|FxiOS)\//],
  ['Chrome', /(Chrome|CriOS|HeadlessChrome)\//],
  ['Safari', /Safari\//],
];
const systems: readonly (readonly [string, RegExp])[] = [
  ['Android', /Android/],
  ['iOS', /iPhone|iPad/],
  ['Windows', /Windows/],
  ['macOS', /Mac OS X/],
  ['ChromeOS', /CrOS/],
  ['Linux', /Linux|X11/],
];

function first(text: string, table: typeof browsers): string | null {
  return table.find(([, pattern]) => pattern.test(text))?.[0] ?? null;
}

/** Null when neither browser nor system is recognised. */
export function describeAgent(userAgent: string): string | null {
  const parts = [first(userAgent, browsers), first(userAgent, systems)];
  const known = parts.filter((part) => part !== null);
  return known.length === 0 ? null : known.join(', ');
}
