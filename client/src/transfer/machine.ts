/** Everything between this page and one machine in one direction: a connection, its files one after the other, checks. */
import { backoffMilliseconds } from '../model/backoff';
import type { CheckReport, Way } from '../protocol/direct';
import { Approach, type ApproachPorts } from './approach';
import { asDirectError, DirectError } from './direct_error';
import type { CarryPorts, Errand } from './errand';
import type { Link } from './link';

export interface MachinePorts extends ApproachPorts, CarryPorts {
  readonly unit: () => number;
}

/** Then the connection is closed: nothing is left to say. */
const idleMilliseconds = 20_000;
const pings = 5;
/** Of one file in a row, while nothing moved. */
const failuresMax = 8;

const failedCheck = (why: DirectError): CheckReport => ({
  state: 'failed',
  address: null,
  path: null,
  roundTrips: [],
  error: { code: why.code, detail: why.message },
});

export class Machine {
  readonly id: string;
  readonly #approach: Approach;
  readonly #ports: MachinePorts;
  readonly #files: Errand[] = [];
  #link: Promise<Link> | null = null;
  #working = false;
  #cancelIdle: () => void = () => undefined;
  #asking: () => void = () => undefined;

  /** `way`: of the files; a session has one. */
  constructor(id: string, way: Way, ports: MachinePorts) {
    this.id = id;
    this.#approach = new Approach({ machine: id, purpose: way, room: null }, ports);
    this.#ports = ports;
  }

  add(file: Errand): void {
    this.#files.push(file);
    file.become('queued');
    void this.#work();
  }

  find(id: string): Errand | undefined {
    return this.#files.find((it) => it.id === id);
  }

  pause(file: Errand): void {
    if (file.ended) return;
    file.become('paused');
    file.stop();
  }

  /** After a pause or an end without success, or instead of waiting for the next try. */
  resume(file: Errand, failures = 0): void {
    if (file.state !== 'paused' && file.state !== 'retrying' && file.state !== 'failed') return;
    file.failures = failures;
    file.become('queued');
    void this.#work();
  }

  cancel(file: Errand): void {
    if (file.ended) return;
    file.failed(new DirectError('canceled'));
    file.stop();
  }

  async check(tell: (report: CheckReport) => void): Promise<void> {
    const connecting = {
      state: 'connecting',
      address: null,
      path: null,
      roundTrips: [],
      error: null,
    } as const;
    tell(connecting);
    try {
      const link = await this.#connected(() => {
        tell({ ...connecting, state: 'permission' });
      });
      const roundTrips = (await link.measure(pings)).sort((x, y) => x - y);
      const { address, path } = link;
      tell({ state: 'done', address, path, roundTrips, error: null });
    } catch (thrown) {
      tell(failedCheck(asDirectError(thrown)));
    } finally {
      this.#rest();
    }
  }

  async renewed(sessionId: string, token: string): Promise<void> {
    const link = await this.#link?.catch(() => null);
    if (link?.sessionId === sessionId) link.renew(token);
  }

  /** The link of now, or a new one. */
  #connected(asking: () => void): Promise<Link> {
    this.#cancelIdle();
    this.#asking = asking;
    if (this.#link) return this.#link;
    return this.#use(this.#open());
  }

  #use(opening: Promise<Link>): Promise<Link> {
    this.#link = opening;
    const forget = () => {
      if (this.#link === opening) this.#link = null;
    };
    opening.then((link) => void link.lost.then(forget), forget);
    return opening;
  }

  #open(): Promise<Link> {
    const asking = () => {
      this.#asking();
    };
    return this.#approach.open(asking, {
      welcome: () => true,
      take: (direct) => {
        void this.#use(Promise.resolve(direct));
        this.#rest();
      },
    });
  }

  async #work(): Promise<void> {
    if (this.#working) return;
    this.#working = true;
    try {
      for (;;) {
        const next = this.#files.find((it) => it.state === 'queued');
        if (!next) break;
        await this.#attempt(next);
      }
    } finally {
      this.#working = false;
      this.#rest();
    }
  }

  async #attempt(file: Errand): Promise<void> {
    file.become('connecting', { error: null });
    file.attempted();
    try {
      const link = await this.#connected(() => {
        if (file.state === 'connecting') file.become('permission');
      });
      await file.carry(link, this.#ports);
    } catch (thrown) {
      if (file.stopped) return; // by its person, who was told already
      const why = asDirectError(thrown);
      if (why.code === 'path_changed') file.become('queued');
      else this.#afterFailure(file, why);
    }
  }

  #afterFailure(file: Errand, why: DirectError): void {
    file.failures += 1;
    if (!why.passing || file.failures > failuresMax) {
      file.failed(why);
      return;
    }
    const delay = backoffMilliseconds(file.failures, this.#ports.unit());
    const retryAt = this.#ports.clock.now() + delay;
    file.become('retrying', { retryAt, error: { code: why.code, detail: why.message } });
    this.#ports.clock.after(delay, () => {
      // Unless its person decided otherwise meanwhile.
      if (file.state === 'retrying' && file.retryAt === retryAt) this.resume(file, file.failures);
    });
  }

  /** Nothing to do: the connection is kept a little longer. */
  #rest(): void {
    if (this.#working) return;
    this.#cancelIdle();
    this.#cancelIdle = this.#ports.clock.after(idleMilliseconds, () => {
      const link = this.#link;
      this.#link = null;
      link?.then(
        (it) => {
          it.close();
        },
        () => undefined,
      );
    });
  }
}
