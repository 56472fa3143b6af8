/** One file on its way to one machine: what it is, how far it is, and what its person wants of it. */
import { chosen, type ChosenFile, type SendReport, type SendState } from '../protocol/direct';
import type { Clock } from '../protocol/ports';
import type { DirectError } from './direct_error';
import type { Source } from './send_file';
import { Speed } from './speed';
import type { FileMeta } from './message';

const tellEveryMilliseconds = 200;

export type SourceFile = ChosenFile & Source;

/** How a browser's files are marked on disk: it does not tell their real permissions. */
const plainFileMode = 0o644;

export class Outgoing {
  readonly id: string;
  readonly file: SourceFile;
  readonly meta: FileMeta;
  /** Tries that failed in a row. */
  failures = 0;
  #stopped = false;
  #halt: () => void = () => undefined;
  readonly #clock: Clock;
  readonly #tell: (report: SendReport) => void;
  readonly #speed = new Speed();
  #report: SendReport = chosen;
  #toldAt = 0;

  constructor(id: string, file: SourceFile, clock: Clock, tell: (report: SendReport) => void) {
    this.id = id;
    this.file = file;
    this.#clock = clock;
    this.#tell = tell;
    this.meta = {
      type: 'FILE_META',
      transfer_id: id,
      name: file.name,
      size: file.size,
      hash: null,
      mtime: Math.trunc(file.lastModified),
      mode: plainFileMode,
    };
  }

  get state(): SendState {
    return this.#report.state;
  }
  get retryAt(): number | null {
    return this.#report.retryAt;
  }
  get ended(): boolean {
    return this.state === 'done' || this.state === 'failed';
  }

  /** The attempt under way shall end: its person wants it so. */
  get stopped(): boolean {
    return this.#stopped;
  }

  /** An attempt begins. */
  attempted(): void {
    this.#stopped = false;
    this.#halt = () => undefined;
  }

  /** What ends it; called at once when it was stopped already. */
  onStop(halt: () => void): void {
    this.#halt = halt;
    if (this.#stopped) halt();
  }

  stop(): void {
    this.#stopped = true;
    this.#halt();
  }

  become(state: SendState, more: Partial<SendReport> = {}): void {
    this.#set({ retryAt: null, ...more, state, rate: 0 });
  }

  began(offset: number): void {
    this.#speed.begin(this.#clock.now(), offset);
    this.#set({ state: 'running', offset, before: offset, error: null });
  }

  moved(offset: number, roundTrip: number | null): void {
    const now = this.#clock.now();
    this.#speed.moved(now, offset);
    if (this.state !== 'running') return;
    this.#report = {
      ...this.#report,
      offset,
      roundTrip: roundTrip ?? this.#report.roundTrip,
      rate: this.#speed.rate,
      milliseconds: this.#speed.milliseconds,
    };
    if (now - this.#toldAt >= tellEveryMilliseconds) this.#say();
  }

  failed(why: DirectError): void {
    this.become('failed', { error: { code: why.code, detail: why.message } });
  }

  #set(more: Partial<SendReport>): void {
    this.#report = { ...this.#report, milliseconds: this.#speed.milliseconds, ...more };
    this.#say();
  }

  #say(): void {
    this.#toldAt = this.#clock.now();
    this.#tell(this.#report);
  }
}
