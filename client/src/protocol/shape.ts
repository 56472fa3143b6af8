/** Hand-written validators: what arrives from the network is `unknown` until one of these has read it. */

/** Says which part of a server message has not the agreed shape; `path` names it ("payload.members[2].role"). */
export class ShapeError extends Error {
  readonly path: string;

  constructor(path: string, wanted: string) {
    super(`${path || 'message'}: ${wanted} expected`);
    this.name = 'ShapeError';
    this.path = path;
  }
}

export type Read<T> = (value: unknown, path: string) => T;

export const text: Read<string> = (value, path) => {
  if (typeof value !== 'string') throw new ShapeError(path, 'text');
  return value;
};

export const flag: Read<boolean> = (value, path) => {
  if (typeof value !== 'boolean') throw new ShapeError(path, 'true or false');
  return value;
};

export const whole: Read<number> = (value, path) => {
  if (typeof value !== 'number' || !Number.isSafeInteger(value)) {
    throw new ShapeError(path, 'a whole number');
  }
  return value;
};

/** A measure: seconds, bytes per second. */
export const amount: Read<number> = (value, path) => {
  if (typeof value !== 'number' || !Number.isFinite(value)) throw new ShapeError(path, 'a number');
  return value;
};

export type Fields = Readonly<Record<string, unknown>>;

export const fields: Read<Fields> = (value, path) => {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new ShapeError(path, 'an object');
  }
  return value as Fields;
};

export function oneOf<const T extends string>(...words: readonly T[]): Read<T> {
  return (value, path) => {
    const found = words.find((word) => word === value);
    if (found === undefined) throw new ShapeError(path, words.join(' | '));
    return found;
  };
}

export function list<T>(item: Read<T>): Read<T[]> {
  return (value, path) => {
    if (!Array.isArray(value)) throw new ShapeError(path, 'a list');
    return value.map((entry, index) => item(entry, `${path}[${String(index)}]`));
  };
}

/** A field that may be absent or null. */
export function maybe<T>(item: Read<T>): Read<T | null> {
  return (value, path) => (value === undefined || value === null ? null : item(value, path));
}

type Shape = Readonly<Record<string, Read<unknown>>>;
type Of<S extends Shape> = { readonly [K in keyof S]: ReturnType<S[K]> };

/** An object with these fields; fields we do not know are dropped, so that the server may grow new ones. */
export function object<const S extends Shape>(shape: S): Read<Of<S>> {
  const names = Object.keys(shape);
  return (value, path) => {
    const from = fields(value, path);
    const out: Record<string, unknown> = {};
    for (const name of names) {
      const read = shape[name] as Read<unknown>;
      out[name] = read(from[name], path ? `${path}.${name}` : name);
    }
    return out as Of<S>;
  };
}
