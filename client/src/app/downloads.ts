/** Downloads of the browser whose bytes a worker brings: a service worker answers a request of this page with them. */
const script = './save_worker.js';
const scope = './save/';
/** A service worker to which nothing is said for half a minute may be stopped. */
const awakeMilliseconds = 10_000;

export interface Download {
  /** To the service worker; for whoever has the bytes. */
  readonly port: MessagePort;
  /** The download is over, however it ended. */
  end(): void;
}

async function serviceWorker(): Promise<ServiceWorker> {
  const registration = await navigator.serviceWorker.register(script, { scope });
  const worker = registration.active ?? registration.waiting ?? registration.installing;
  if (!worker) throw new Error('the service worker was not installed');
  if (worker.state === 'activated') return worker;
  return new Promise((done, fail) => {
    worker.addEventListener('statechange', () => {
      if (worker.state === 'activated') done(worker);
      else if (worker.state === 'redundant') fail(new Error('the service worker was refused'));
    });
  });
}

/** Rejects where the browser has no service workers, as in some private windows. */
export async function openDownload(name: string, size: number): Promise<Download> {
  const worker = await serviceWorker();
  const id = crypto.randomUUID();
  const { port1, port2 } = new MessageChannel();
  const ready = new Promise((done) => {
    port1.onmessage = done;
  });
  worker.postMessage({ type: 'offer', id, name, size }, [port2]);
  await ready;
  port1.onmessage = null;
  const awake = setInterval(() => {
    worker.postMessage({ type: 'awake' });
  }, awakeMilliseconds);
  // A frame, because leaving the page itself would ask whether files under way are to be given up.
  const frame = document.createElement('iframe');
  frame.hidden = true;
  frame.title = name;
  frame.src = scope + id;
  document.body.append(frame);
  return {
    port: port1,
    end: () => {
      clearInterval(awake);
      frame.remove();
    },
  };
}
