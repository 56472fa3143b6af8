/** A mesh-server of our own: a free port, data in a temporary folder, gone at the end. */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { createWriteStream, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

export const root = resolve(import.meta.dirname, '../../..');
export const programs = resolve(root, process.env.MESH_BUILD_DIR ?? 'build/release', 'bin');
const readyWithinMilliseconds = 20_000;
const stopWithinMilliseconds = 10_000;

export function freePort(): Promise<number> {
  return new Promise((done, fail) => {
    const probe = createServer();
    probe.once('error', fail);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => {
        done(typeof address === 'object' && address ? address.port : 0);
      });
    });
  });
}

export class Server {
  readonly url: string;
  readonly folder: string;
  readonly #port: number;
  readonly #more: readonly string[];
  #child: ChildProcess | null = null;

  constructor(port: number, more: readonly string[]) {
    this.#port = port;
    this.#more = more;
    this.url = `http://localhost:${String(port)}`;
    this.folder = mkdtempSync(join(tmpdir(), 'mesh-web-'));
  }

  get #options(): string[] {
    return ['--port', String(this.#port), '--data-dir', join(this.folder, 'data')];
  }

  /** The one-time link that the operator's command prints. */
  ownerLink(): string {
    const said = execFileSync(join(programs, 'mesh-server'), ['owner-link', ...this.#options], {
      env: { ...process.env, HOME: this.folder },
      encoding: 'utf8',
    });
    const link = /http:\/\/\S+\/#\/setup\/\S+/.exec(said)?.[0];
    if (link === undefined) throw new Error(`no link in: ${said}`);
    return link;
  }

  get log(): string {
    return join(this.folder, 'server.log');
  }

  async start(): Promise<void> {
    const log = createWriteStream(this.log, { flags: 'a' });
    const child = spawn(
      join(programs, 'mesh-server'),
      [...this.#options, '--web-dir', join(root, 'client/dist'), ...this.#more],
      { env: { ...process.env, HOME: this.folder }, stdio: ['ignore', 'pipe', 'pipe'] },
    );
    child.stdout.pipe(log);
    child.stderr.pipe(log);
    this.#child = child;
    const failed = new Promise<never>((_, fail) => {
      child.once('error', fail);
      child.once('exit', (code) => {
        fail(new Error(`mesh-server ended with ${String(code)}; its log is ${this.log}`));
      });
    });
    failed.catch(() => undefined);
    await Promise.race([this.#answers(), failed]);
  }

  async #answers(): Promise<void> {
    const until = Date.now() + readyWithinMilliseconds;
    while (Date.now() < until) {
      const ready = await fetch(`${this.url}/health`).then(
        (answer) => answer.ok,
        () => false,
      );
      if (ready) return;
      await pause(50);
    }
    throw new Error(`mesh-server did not answer; its log is ${this.log}`);
  }

  /** Ends it as a service manager would, and returns when it is gone. */
  async stop(): Promise<void> {
    const child = this.#child;
    this.#child = null;
    if (!child || child.exitCode !== null) return;
    const gone = new Promise<void>((done) =>
      child.once('exit', () => {
        done();
      }),
    );
    child.kill('SIGTERM');
    const stubborn = setTimeout(() => child.kill('SIGKILL'), stopWithinMilliseconds);
    await gone;
    clearTimeout(stubborn);
  }

  async end(): Promise<void> {
    await this.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** `options`: more of the program's options. */
export async function startServer(options: readonly string[] = []): Promise<Server> {
  const server = new Server(await freePort(), options);
  await server.start();
  return server;
}
