// The service worker of downloads: what a page receives from a machine becomes a download of the browser. It sees
// nothing but the addresses below its own ("save/…"), keeps nothing, and never asks the network.
'use strict';

/** Offered downloads whose request has not come yet, by their id. */
const offered = new Map();

self.addEventListener('install', () => void self.skipWaiting());

self.addEventListener('message', ({ data, ports: [port] }) => {
  if (data.type !== 'offer') return; // 'awake': to be told something keeps a service worker running
  offered.set(data.id, { name: data.name, size: data.size, port });
  port.postMessage({ type: 'ready' });
});

self.addEventListener('fetch', (event) => {
  const id = new URL(event.request.url).pathname.split('/').at(-1);
  const found = offered.get(id);
  offered.delete(id);
  event.respondWith(found ? download(found) : new Response(null, { status: 404 }));
});

// Each pull asks for one block; the page's worker sends a few ahead and no more than it was asked for.
function download({ name, size, port }) {
  const blocks = [];
  const handed = [];
  let wanted = null;
  let ended = false;
  // The browser asks for a block once it is through with the one before. That, and one more to be sure, stays; what is
  // older goes back to be filled again: as garbage, blocks pile up to hundreds of megabytes before they are collected.
  const giveBack = () => {
    const used = handed.length > 2 ? handed.shift() : null;
    if (used?.length > 0) port.postMessage({ type: 'more', used }, [used.buffer]);
    else port.postMessage({ type: 'more' });
  };
  const content = new ReadableStream(
    {
      start(controller) {
        const hand = () => {
          if (!wanted) return;
          if (blocks.length > 0) {
            handed.push(blocks[0]);
            controller.enqueue(blocks.shift());
            giveBack();
          } else if (ended) {
            controller.close();
            port.postMessage({ type: 'closed' });
            port.close();
          } else {
            return;
          }
          wanted();
          wanted = null;
        };
        port.onmessage = ({ data }) => {
          if (data instanceof Uint8Array) blocks.push(data);
          else if (data.type === 'end') ended = true;
          else {
            controller.error(new Error('the page gave it up'));
            port.close();
            return;
          }
          hand();
        };
        this.hand = hand;
        port.postMessage({ type: 'started' });
      },
      pull() {
        return new Promise((done) => {
          wanted = done;
          this.hand();
        });
      },
      cancel() {
        port.postMessage({ type: 'canceled' });
        port.close();
      },
    },
    { highWaterMark: 0 },
  );
  return new Response(content, {
    headers: {
      'Content-Type': 'application/octet-stream',
      'Content-Length': String(size),
      'Content-Disposition': `attachment; filename*=UTF-8''${extended(name)}`,
      'Content-Security-Policy': "default-src 'none'; sandbox",
      'X-Content-Type-Options': 'nosniff',
      'Cache-Control': 'no-store',
    },
  });
}

// RFC 8187: what encodeURIComponent leaves alone and a header does not take.
function extended(name) {
  const escaped = (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`;
  return encodeURIComponent(name.toWellFormed()).replace(/['()*]/g, escaped);
}
