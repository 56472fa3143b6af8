/** Everything between this page and one machine: one connection, its files one after the other, and checks. */
import { backoffMilliseconds } from '../model/backoff';
import type { CheckReport } from '../protocol/direct';
import type { P2pSession } from '../protocol/shapes';
import { asDirectError, DirectError } from './direct_error';
import type { Hasher } from './file_sender';
import { Link, type LinkPorts } from './link';
import type { Outgoing } from './outgoing';
import { sendFile } from './send_file';

export interface MachinePorts extends Omit<LinkPorts, 'asking'> {
  /** Throws DirectError with the server's word. */
  readonly session: (machine: string) => Promise<P2pSession>;
  readonly closeSession: (sessionId: string) => void;
  readonly hasher: () => Promise<Hasher>;
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
  readonly #ports: MachinePorts;
  readonly #files: Outgoing[] = [];
  #link: Promise<Link> | null = null;
  #working = false;
  #cancelIdle: () => void = () => undefined;
  #asking: () => void = () => undefined;

  constructor(id: string, ports: MachinePorts) {
    this.id = id;
    this.#ports = ports;
  }

  add(file: Outgoing): void {
    this.#files.push(file);
    file.become('queued');
    void this.#work();
  }

  find(id: string): Outgoing | undefined {
    return this.#files.find((it) => it.id === id);
  }

  pause(file: Outgoing): void {
    if (file.ended) return;
    file.become('paused');
    file.stop();
  }

  /** After a pause or an end without success, or instead of waiting for the next try. */
  resume(file: Outgoing, failures = 0): void {
    if (file.state !== 'paused' && file.state !== 'retrying' && file.state !== 'failed') return;
    file.failures = failures;
    file.become('queued');
    void this.#work();
  }

  cancel(file: Outgoing): void {
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
    const session = await this.#ports.session(this.id);
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

  async #attempt(file: Outgoing): Promise<void> {
    file.become('connecting', { error: null });
    file.attempted();
    try {
      const link = await this.#connected(() => {
        if (file.state === 'connecting') file.become('permission');
      });
      await this.#send(file, link);
    } catch (thrown) {
      // Unless its person stopped it, and was told already.
      if (!file.stopped) this.#afterFailure(file, asDirectError(thrown));
    }
  }

  async #send(file: Outgoing, link: Link): Promise<void> {
    const hasher = await this.#ports.hasher();
    if (file.stopped) return;
    const stream = await link.openStream('file');
    file.onStop(() => {
      stream.abort();
    });
    if (file.stopped) return;
    file.become('waiting', { roundTrip: link.roundTrip });
    try {
      const events = {
        accepted: (comparing: boolean) => {
          if (comparing && !file.stopped) file.become('comparing');
        },
        started: (offset: number) => {
          if (!file.stopped) file.began(offset);
        },
        moved: (offset: number) => {
          file.failures = 0;
          file.moved(offset, link.roundTrip);
        },
      };
      const sending = sendFile(stream, file.file, file.meta, hasher, events, this.#ports.clock);
      const lost = link.lost.then((why) => Promise.reject(why));
      const { hash, name } = await Promise.race([sending, lost]);
      file.become('done', { offset: file.file.size, hash, stored: name });
    } catch (thrown) {
      stream.abort();
      throw thrown;
    }
  }

  #afterFailure(file: Outgoing, why: DirectError): void {
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
