/** Everything between this page and one machine in one direction: a connection, its files one after the other, checks. */
import { backoffMilliseconds } from '../model/backoff';
import type { CheckReport, Purpose, Way } from '../protocol/direct';
import type { P2pSession } from '../protocol/shapes';
import { asDirectError, DirectError } from './direct_error';
import type { CarryPorts, Errand } from './errand';
import { Link, type LinkPorts } from './link';

export interface MachinePorts extends Omit<LinkPorts, 'asking'>, CarryPorts {
  /** Throws DirectError with the server's word. */
  readonly session: (machine: string, purpose: Purpose, room: string | null) => Promise<P2pSession>;
  readonly closeSession: (sessionId: string) => void;
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
  roundTrips: [],
  error: { code: why.code, detail: why.message },
});

export class Machine {
  readonly id: string;
  readonly #way: Way;
  readonly #ports: MachinePorts;
  readonly #files: Errand[] = [];
  #link: Promise<Link> | null = null;
  #working = false;
  #cancelIdle: () => void = () => undefined;
  #asking: () => void = () => undefined;

  /** `way`: of the files; a session has one. */
  constructor(id: string, way: Way, ports: MachinePorts) {
    this.id = id;
    this.#way = way;
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
    const connecting = { state: 'connecting', address: null, roundTrips: [], error: null } as const;
    tell(connecting);
    try {
      const link = await this.#connected(() => {
        tell({ ...connecting, state: 'permission' });
      });
      const roundTrips = (await link.measure(pings)).sort((x, y) => x - y);
      tell({ state: 'done', address: link.address, roundTrips, error: null });
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
    const opening = this.#open();
    this.#link = opening;
    const forget = () => {
      if (this.#link === opening) this.#link = null;
    };
    opening.then((link) => void link.lost.then(forget), forget);
    return opening;
  }

  async #open(): Promise<Link> {
    const session = await this.#ports.session(this.id, this.#way, null);
    const close = () => {
      this.#ports.closeSession(session.session_id);
    };
    try {
      const asking = () => {
        this.#asking();
      };
      const link = await Link.open({ ...this.#ports, asking }, this.id, session);
      void link.lost.then(close);
      return link;
    } catch (thrown) {
      close();
      throw thrown;
    }
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
      // Unless its person stopped it, and was told already.
      if (!file.stopped) this.#afterFailure(file, asDirectError(thrown));
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
