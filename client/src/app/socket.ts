import type { OpenSocket } from '../protocol/ports';

/** The WebSocket of the server that served this page. */
export const openSocket: OpenSocket = (handlers) => {
  const url = new URL('/ws', location.href);
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
  const socket = new WebSocket(url);
  socket.addEventListener('open', () => {
    handlers.opened();
  });
  socket.addEventListener('message', ({ data }: MessageEvent<unknown>) => {
    if (typeof data === 'string') handlers.received(data);
  });
  socket.addEventListener('close', ({ code }) => {
    handlers.closed(code);
  });
  return {
    send: (message) => {
      if (socket.readyState === WebSocket.OPEN) socket.send(message);
    },
    close: () => {
      socket.close();
    },
  };
};
