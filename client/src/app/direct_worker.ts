/** The dedicated worker that talks to machines: connections, hashing, reading and writing of files stay off the page's thread. */
import type { FromWorker, ToWorker } from '../protocol/direct';
import { blake3 } from '../transfer/blake3';
import { Desk } from '../transfer/desk';
import { DirectError } from '../transfer/direct_error';
import type { OpenSink } from '../transfer/incoming';
import type { DownloadAnswer, DownloadWish } from './direct_port';
import { downloadSink } from './download_sink';
import { fileSink } from './file_sink';
import { knownMachines } from './known_machines';
import { openRelay } from './relay_socket';
import { vault } from './vault';
import { dial, isLocalName, localAddresses } from './web_transport';
import { clock, random } from './world';

const say = (message: FromWorker | DownloadWish) => {
  self.postMessage(message);
};

const asks = new Map<number, PromiseWithResolvers<MessagePort>>();
let lastAsk = 0;

const openSink: OpenSink = async ({ name, size }, place) => {
  if (place) return fileSink(place as FileSystemFileHandle);
  const ask = ++lastAsk;
  const answer = Promise.withResolvers<MessagePort>();
  asks.set(ask, answer);
  say({ type: 'download_wanted', ask, name, size });
  return downloadSink(await answer.promise, () => {
    say({ type: 'download_over', ask });
  });
};

const desk = new Desk({
  clock,
  unit: random.unit,
  fine: () => performance.now(),
  dial: 'WebTransport' in self ? dial : null,
  openRelay,
  permission: localAddresses,
  promptPossible: !isLocalName(location.hostname),
  hasher: blake3,
  identity: vault.open,
  known: knownMachines,
  openSink,
  post: say,
});

self.addEventListener('message', ({ data }: MessageEvent<ToWorker | DownloadAnswer>) => {
  if (data.type === 'download') asks.get(data.ask)?.resolve(data.port);
  else if (data.type === 'no_download')
    asks.get(data.ask)?.reject(new DirectError('no_download', data.detail));
  else {
    desk.heard(data);
    return;
  }
  asks.delete(data.ask);
});
