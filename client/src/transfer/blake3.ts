import { createBLAKE3 } from 'hash-wasm';
import type { Hasher } from './file_sender';

export async function blake3(): Promise<Hasher> {
  const hasher = await createBLAKE3();
  hasher.init();
  return {
    update: (bytes) => {
      hasher.update(bytes);
    },
    hex: () => {
      const state = hasher.save();
      const said = hasher.digest('hex');
      hasher.load(state);
      return said;
    },
    save: () => hasher.save(),
    load: (state) => {
      hasher.load(state);
    },
  };
}
