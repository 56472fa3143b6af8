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

/** A machine that was not reached directly is not tried again before its files may go through the relay at once. */
const relayFirstMilliseconds = 600_000;
/** While a connection is relayed: when a direct one is tried again. */
const upgradeMilliseconds = 30_000;
const upgradeMillisecondsMax = 600_000;
/** Chromium holds a connection back for up to a minute after others failed; nobody waits for this one. */
const upgradePatience = 75_000;

const failedCheck = (why: DirectError): CheckReport => ({
  state: 'failed',
  address: null,
  path: null,
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
  #relayFirstUntil = 0;

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

  async #open(): Promise<Link> {
    const link = await this.#inSession((session) => this.#reach(session));
    if (link.path === 'relayed') this.#upgradeLater(link, upgradeMilliseconds);
    return link;
  }

  /** The session lives as long as the link. */
  async #inSession(open: (session: P2pSession) => Promise<Link>): Promise<Link> {
    const session = await this.#ports.session(this.id, this.#way, null);
    const close = () => {
      this.#ports.closeSession(session.session_id);
    };
    try {
      const link = await open(session);
      void link.lost.then(close);
      return link;
    } catch (thrown) {
      close();
      throw thrown;
    }
  }

  /** Straight, or through the relay where that cannot be. */
  async #reach(session: P2pSession): Promise<Link> {
    const { clock } = this.#ports;
    const asking = () => {
      this.#asking();
    };
    const ports = { ...this.#ports, asking };
    let why = new DirectError('unreachable', 'not tried again so soon');
    if (clock.now() >= this.#relayFirstUntil) {
      try {
        return await Link.open(ports, this.id, session);
      } catch (thrown) {
        why = asDirectError(thrown);
        if (!why.relayMayHelp) throw why;
      }
    }
    try {
      const link = await Link.openRelayed(ports, this.id, session);
      this.#relayFirstUntil = clock.now() + relayFirstMilliseconds;
      return link;
    } catch (thrown) {
      this.#relayFirstUntil = 0;
      const relayed = asDirectError(thrown);
      // A server that relays nothing, or a machine that does not come there, leaves it at what kept us from the machine:
      // it was connected a moment ago, or there would be no session.
      throw ['relay_off', 'peer_offline'].includes(relayed.code) ? why : relayed;
    }
  }

  /** As long as a relayed link is of use: a direct one takes its place once the machine can be reached. */
  #upgradeLater(link: Link, delay: number): void {
    const cancel = this.#ports.clock.after(delay, () => {
      void this.#upgrade(link, delay);
    });
    void link.lost.then(cancel);
  }

  async #upgrade(link: Link, delay: number): Promise<void> {
    const ports = {
      ...this.#ports,
      asking: () => undefined,
      promptPossible: false,
      patienceMilliseconds: upgradePatience,
    };
    try {
      const direct = await this.#inSession((session) => Link.open(ports, this.id, session));
      if (!link.usable) {
        direct.close();
        return;
      }
      this.#relayFirstUntil = 0;
      void this.#use(Promise.resolve(direct));
      link.close(new DirectError('path_changed'));
      this.#rest();
    } catch {
      if (link.usable) this.#upgradeLater(link, Math.min(delay * 2, upgradeMillisecondsMax));
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
