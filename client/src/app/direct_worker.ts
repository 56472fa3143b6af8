/** The dedicated worker that talks to machines: connections, hashing and reading of files stay off the page's thread. */
import type { FromWorker, ToWorker } from '../protocol/direct';
import { blake3 } from '../transfer/blake3';
import { Desk } from '../transfer/desk';
import { knownMachines } from './known_machines';
import { vault } from './vault';
import { dial, isLocalName, localAddresses } from './web_transport';
import { clock, random } from './world';

const desk = new Desk({
  clock,
  unit: random.unit,
  fine: () => performance.now(),
  dial,
  permission: localAddresses,
  promptPossible: !isLocalName(location.hostname),
  hasher: blake3,
  identity: vault.open,
  known: knownMachines,
  post: (message: FromWorker) => {
    self.postMessage(message);
  },
});

self.addEventListener('message', ({ data }: MessageEvent<ToWorker>) => {
  desk.heard(data);
});
