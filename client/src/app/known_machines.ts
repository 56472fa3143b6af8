/** The keys of the machines that were met from this browser profile, by person. */
import type { KnownMachines } from '../protocol/ports';
import { inTable, machines } from './database';

export function knownMachines(userId: string): KnownMachines {
  const at = (deviceId: string) => `${userId}/${deviceId}`;
  return {
    key: async (deviceId) => {
      const kept = await inTable<string | undefined>(machines, 'readonly', (store) =>
        store.get(at(deviceId)),
      );
      return kept ?? null;
    },
    remember: async (deviceId, publicKey) => {
      await inTable(machines, 'readwrite', (store) => store.put(publicKey, at(deviceId)));
    },
    forget: async (deviceId) => {
      await inTable(machines, 'readwrite', (store) => store.delete(at(deviceId)));
    },
  };
}
