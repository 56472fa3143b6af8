/** The WebSocket to the relay of the server that served this page. */
import type { OpenRelay } from '../transfer/relay_transport';

export const openRelay: OpenRelay = (ticket) => {
  const url = new URL('/relay', location.href);
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
  url.searchParams.set('ticket', ticket);
  const socket = new WebSocket(url, 'mesh-relay.1');
  socket.binaryType = 'arraybuffer';
  const opened = Promise.withResolvers<undefined>();
  const closed = Promise.withResolvers<undefined>();
  const early: Uint8Array<ArrayBuffer>[] = [];
  let listener: ((message: Uint8Array<ArrayBuffer>) => void) | null = null;
  opened.promise.catch(() => undefined);
  socket.addEventListener('open', () => {
    opened.resolve(undefined);
  });
  socket.addEventListener('message', ({ data }: MessageEvent<ArrayBuffer>) => {
    const message = new Uint8Array(data);
    if (listener) listener(message);
    else early.push(message);
  });
  socket.addEventListener('close', ({ code, reason }) => {
    opened.reject(new Error(`the relay closed: ${String(code)} ${reason}`));
    closed.resolve(undefined);
  });
  return {
    opened: opened.promise,
    closed: closed.promise,
    listen: (heard) => {
      listener = heard;
      for (const message of early.splice(0)) heard(message);
    },
    send: (message) => {
      if (socket.readyState === WebSocket.OPEN) socket.send(message);
    },
    close: () => {
      socket.close();
    },
  };
};
