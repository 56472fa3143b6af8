/** A real mesh-agent of a person: a home of its own, enrolled with a one-use code, run as a daemon. */
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  closeSync,
  createWriteStream,
  mkdirSync,
  openSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { post } from './agent.ts';
import { programs, type Server } from './server.ts';
import { Window } from './window.ts';

const run = promisify(execFile);
const agent = join(programs, 'mesh-agent');

/** A step that fails leaves its agents behind: they end with the program that started them. */
const running = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of running) child.kill('SIGTERM');
});

interface Settings {
  readonly username: string;
  readonly password: string;
  /** "ask", "auto" or "never". */
  readonly receive: string;
}

export class MeshAgent {
  readonly home: string;
  readonly #environment: NodeJS.ProcessEnv;
  #child: ChildProcess | null = null;

  private constructor(home: string, environment: NodeJS.ProcessEnv) {
    this.home = home;
    this.#environment = environment;
  }

  /** Starts the daemon, at first and again after kill() or stop(); resolves when the server hears of it. */
  async run(): Promise<void> {
    const log = createWriteStream(join(this.home, 'log'), { flags: 'a' });
    const child = spawn(agent, ['run'], {
      env: this.#environment,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#child = child;
    running.add(child);
    child.once('exit', () => running.delete(child));
    child.stdout.pipe(log);
    child.stderr.pipe(log);
    await new Promise<void>((done, fail) => {
      child.once('exit', () => {
        fail(new Error(`mesh-agent ended; its log is in ${this.home}`));
      });
      for (const said of [child.stdout, child.stderr])
        said.on('data', (text: Buffer) => {
          if (text.includes('Sent system.hello')) done();
        });
    });
  }

  /** As a power cut would end it. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL');
  }

  /** SIGSTOP and SIGCONT: it stands still for a while. */
  signal(signal: 'SIGSTOP' | 'SIGCONT'): void {
    this.#child?.kill(signal);
  }

  /** Where its data plane listens. */
  async port(): Promise<number> {
    const status = JSON.parse(await this.command('status', '--json')) as {
      quic_port: number;
    };
    return status.quic_port;
  }

  static async start(
    server: Pick<Server, 'url' | 'folder'>,
    deviceId: string,
    settings: Settings,
  ): Promise<MeshAgent> {
    const home = join(server.folder, deviceId);
    const config = join(home, 'config/mesh');
    for (const folder of [config, join(home, 'run'), join(home, 'in')])
      mkdirSync(folder, { recursive: true, mode: 0o700 });
    writeFileSync(
      join(config, 'agent.toml'),
      `device_id = "${deviceId}"\nserver_url = "${server.url}"\nreceive = "${settings.receive}"\n` +
        `download_dir = "${join(home, 'in')}"\n`,
    );
    const environment = {
      PATH: process.env.PATH,
      HOME: home,
      XDG_CONFIG_HOME: join(home, 'config'),
      XDG_STATE_HOME: join(home, 'state'),
      XDG_RUNTIME_DIR: join(home, 'run'),
      LC_ALL: 'C.UTF-8',
    };
    const { username, password } = settings;
    const login = await post(server.url, '/api/auth/login', {
      username,
      password,
    });
    const token = String(login.body.access_token);
    const code = await post(server.url, '/api/devices/enroll-code', {}, token);
    await run(agent, ['enroll', String(code.body.code)], { env: environment });
    const started = new MeshAgent(home, environment);
    await started.run();
    return started;
  }

  /** A verb as this person would type it; answers what it prints. */
  async command(...words: string[]): Promise<string> {
    return (await run(agent, words, { env: this.#environment })).stdout;
  }

  /** A verb in a terminal window. */
  window(...words: string[]): Window {
    return new Window(agent, words, this.#environment);
  }

  /** A file of that size without holes, which would not travel. */
  file(name: string, bytes: number): string {
    const path = join(this.home, name);
    const file = openSync(path, 'w');
    const piece = randomBytes(Math.min(bytes, 1024 * 1024));
    for (let left = bytes; left > 0; left -= piece.length)
      writeSync(file, piece, 0, Math.min(left, piece.length));
    closeSync(file);
    return path;
  }

  received(name: string): string {
    return join(this.home, 'in', name);
  }

  async stop(): Promise<void> {
    await this.#end('SIGTERM');
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#child;
    if (child?.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise<void>((done) =>
      child.once('exit', () => {
        done();
      }),
    );
    child.kill(signal);
    await gone;
  }
}
