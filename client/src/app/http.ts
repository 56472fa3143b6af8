import type { Http } from '../protocol/ports';

const answerWithinMilliseconds = 20_000;

/** Requests to the server that served this page; the browser adds the login's cookie by itself. */
export const http: Http = async ({ method, path, body, headers, keepalive }) => {
  const response = await fetch(path, {
    method,
    headers,
    body: body ?? null,
    keepalive: keepalive ?? false,
    credentials: 'same-origin',
    cache: 'no-store',
    signal: AbortSignal.timeout(answerWithinMilliseconds),
  });
  return {
    status: response.status,
    body: await response.text(),
    header: (name) => response.headers.get(name),
  };
};
