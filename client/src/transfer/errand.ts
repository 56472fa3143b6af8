/** One file between this page and a machine: how far it is, and what its person wants of it. */
import { chosen, type FileReport, type FileState, type Way } from '../protocol/direct';
import type { Clock } from '../protocol/ports';
import type { DirectError } from './direct_error';
import type { Hasher } from './file_sender';
import type { Link } from './link';
import { Speed } from './speed';

const tellEveryMilliseconds = 200;
/** While nobody carries it: whatever an attempt still says that came to its end by this is late. */
const resting: ReadonlySet<FileState> = new Set(['queued', 'paused', 'retrying', 'failed']);

export interface CarryPorts {
  readonly clock: Clock;
  readonly hasher: () => Promise<Hasher>;
}

export abstract class Errand {
  readonly id: string;
  abstract readonly way: Way;
  /** Tries that failed in a row. */
  failures = 0;
  #stopped = false;
  #attempt = 0;
  #halt: () => void = () => undefined;
  readonly #clock: Clock;
  readonly #tell: (report: FileReport) => void;
  readonly #speed = new Speed();
  #report: FileReport = chosen;
  #toldAt = 0;

  constructor(id: string, clock: Clock, tell: (report: FileReport) => void) {
    this.id = id;
    this.#clock = clock;
    this.#tell = tell;
  }

  /** One attempt, to the end. Throws DirectError; after stop() whatever comes. */
  abstract carry(link: Link, ports: CarryPorts): Promise<void>;

  /** It failed for good, or its person wants it no more. */
  protected abstract dropped(): void;

  get state(): FileState {
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

  /** Of the attempt under way: whether it still is, for what it says later. */
  protected attempt(): () => boolean {
    const mine = this.#attempt;
    return () => mine === this.#attempt && !this.#stopped;
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

  become(state: FileState, more: Partial<FileReport> = {}): void {
    if (resting.has(state)) this.#attempt += 1;
    this.#set({ retryAt: null, ...more, state, rate: 0 });
  }

  failed(why: DirectError): void {
    this.become('failed', { error: { code: why.code, detail: why.message } });
    this.dropped();
  }

  /** Bytes move from here on. `before`: those that need not. */
  began(offset: number, before: number): void {
    this.#speed.begin(this.#clock.now(), offset);
    this.#set({ state: 'running', offset, before, error: null });
  }

  moved(offset: number, roundTrip: number | null): void {
    const now = this.#clock.now();
    this.#speed.moved(now, offset);
    this.failures = 0;
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

  #set(more: Partial<FileReport>): void {
    this.#report = { ...this.#report, milliseconds: this.#speed.milliseconds, ...more };
    this.#say();
  }

  #say(): void {
    this.#toldAt = this.#clock.now();
    this.#tell(this.#report);
  }
}
