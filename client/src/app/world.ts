/** Time, chance and memory of the browser. */
import type { Clock, Random, Storage } from '../protocol/ports';

export const clock: Clock = {
  now: () => Date.now(),
  after: (milliseconds, callback) => {
    const timer = setTimeout(callback, milliseconds);
    return () => {
      clearTimeout(timer);
    };
  },
};

export const random: Random = {
  unit: () => Math.random(),
  id: () => crypto.randomUUID(),
};

/** localStorage may be full or forbidden: then the page works and forgets. */
export const storage: Storage = {
  get: (key) => {
    try {
      return localStorage.getItem(key);
    } catch {
      return null;
    }
  },
  set: (key, value) => {
    try {
      localStorage.setItem(key, value);
    } catch {
      // nothing kept, nothing lost that the server does not have
    }
  },
  remove: (key) => {
    try {
      localStorage.removeItem(key);
    } catch {
      // as above
    }
  },
};
