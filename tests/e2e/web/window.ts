/** A verb of mesh-agent in a terminal window of its own (a pseudo terminal), as a person has it. */
import { spawn, type ChildProcess } from 'node:child_process';

const waitMilliseconds = 15_000;

export class Window {
  readonly #child: ChildProcess;
  #shown = '';
  #wake: () => void = () => undefined;

  /** `script` is its pseudo terminal. */
  constructor(program: string, words: readonly string[], environment: NodeJS.ProcessEnv) {
    const quoted = [program, ...words].map((it) => `'${it}'`).join(' ');
    const env = { ...environment, TERM: 'xterm-256color', SHELL: '/bin/sh', PS1: '$ ' };
    this.#child = spawn('script', ['-qec', quoted, '/dev/null'], { env, stdio: 'pipe' });
    this.#child.stdout?.on('data', (text: Buffer) => {
      this.#shown += text.toString();
      this.#wake();
    });
  }

  /** What was shown from the beginning, with all sequences. */
  get shown(): string {
    return this.#shown;
  }

  type(text: string): void {
    this.#child.stdin?.write(text);
  }

  /** What is shown from here on. */
  async waitFor(text: string, since = 0): Promise<void> {
    const late = AbortSignal.timeout(waitMilliseconds);
    while (!this.#shown.includes(text, since)) {
      if (late.aborted)
        throw new Error(`the window does not show ${text}: ${this.#shown.slice(-800)}`);
      await new Promise<void>((done) => {
        this.#wake = done;
        late.addEventListener('abort', () => {
          done();
        });
      });
    }
  }

  async end(): Promise<void> {
    if (this.#child.exitCode !== null) return;
    const gone = new Promise<void>((done) =>
      this.#child.once('exit', () => {
        done();
      }),
    );
    this.#child.kill('SIGKILL'); // what runs inside is hung up
    await gone;
  }
}
