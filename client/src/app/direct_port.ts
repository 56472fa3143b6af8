/** The page's end of the worker that talks to machines; it is started when it is first needed. */
import type { DirectPort, FromWorker, ToWorker } from '../protocol/direct';

function ability(): DirectPort['ability'] {
  if (!isSecureContext) return 'insecure';
  return 'WebTransport' in window && 'indexedDB' in window ? 'able' : 'unsupported';
}

/** One port for one person; `begin` is the first message of each worker. */
export function directPort(): DirectPort {
  let worker: Worker | null = null;
  let listener: (message: FromWorker) => void = () => undefined;
  const started = () => {
    if (worker) return worker;
    worker = new Worker(new URL('./direct_worker.ts', import.meta.url), { type: 'module' });
    worker.addEventListener('message', ({ data }: MessageEvent<FromWorker>) => {
      listener(data);
    });
    return worker;
  };
  return {
    ability: ability(),
    post: (message: ToWorker) => {
      started().postMessage(message);
    },
    listen: (heard) => {
      listener = heard;
    },
    end: () => {
      worker?.terminate();
      worker = null;
    },
  };
}
