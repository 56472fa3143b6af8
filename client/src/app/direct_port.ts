/** The page's end of the worker that talks to machines; it is started when it is first needed. */
import type { Ability, DirectPort, FromWorker, ToWorker } from '../protocol/direct';
import { openDownload, type Download } from './downloads';

/** Between the two files of this layer, beside what the model hears: only a page can begin a download. */
export type DownloadWish =
  | {
      readonly type: 'download_wanted';
      readonly ask: number;
      readonly name: string;
      readonly size: number;
    }
  | { readonly type: 'download_over'; readonly ask: number };
export type DownloadAnswer =
  | { readonly type: 'download'; readonly ask: number; readonly port: MessagePort }
  | { readonly type: 'no_download'; readonly ask: number; readonly detail: string };

function ability(): Ability {
  if (!isSecureContext) return 'insecure';
  if (!('indexedDB' in window)) return 'unsupported'; // it keeps the key of this browser
  return 'WebTransport' in window ? 'able' : 'relayed';
}

async function choosePlace(name: string): Promise<FileSystemFileHandle | null> {
  try {
    return (await window.showSaveFilePicker?.({ suggestedName: name })) ?? null;
  } catch {
    return null; // the person closed the window of the browser
  }
}

/** One port for one person; `begin` is the first message of each worker. */
export function directPort(): DirectPort {
  let worker: Worker | null = null;
  let listener: (message: FromWorker) => void = () => undefined;
  const downloads = new Map<number, Download>();
  const download = async (to: Worker, ask: number, name: string, size: number) => {
    const answer = (it: DownloadAnswer, give: Transferable[] = []) => {
      to.postMessage(it, give);
    };
    try {
      const opened = await openDownload(name, size);
      downloads.set(ask, opened);
      answer({ type: 'download', ask, port: opened.port }, [opened.port]);
    } catch (thrown) {
      answer({ type: 'no_download', ask, detail: String(thrown) });
    }
  };
  const over = (ask: number) => {
    downloads.get(ask)?.end();
    downloads.delete(ask);
  };
  const started = () => {
    if (worker) return worker;
    const made = new Worker(new URL('./direct_worker.ts', import.meta.url), { type: 'module' });
    made.addEventListener('message', ({ data }: MessageEvent<FromWorker | DownloadWish>) => {
      if (data.type === 'download_wanted') void download(made, data.ask, data.name, data.size);
      else if (data.type === 'download_over') over(data.ask);
      else listener(data);
    });
    worker = made;
    return made;
  };
  return {
    ability: ability(),
    post: (message: ToWorker) => {
      started().postMessage(message);
    },
    listen: (heard) => {
      listener = heard;
    },
    choosePlace: 'showSaveFilePicker' in window ? choosePlace : undefined,
    end: () => {
      worker?.terminate();
      worker = null;
      for (const ask of downloads.keys()) over(ask);
    },
  };
}
