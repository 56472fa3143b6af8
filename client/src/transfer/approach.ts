/** How a machine is come by: straight, or through the relay where that cannot be, until there is a direct way. */
import type { Purpose } from '../protocol/direct';
import type { P2pSession } from '../protocol/shapes';
import { asDirectError, DirectError } from './direct_error';
import { Link, type LinkPorts } from './link';

/** A machine that was not reached directly is not tried again before the relay may take its place at once. */
const relayFirstMilliseconds = 600_000;
/** While a connection is relayed: when a direct one is tried again. */
const upgradeMilliseconds = 30_000;
const upgradeMillisecondsMax = 600_000;
/** Chromium holds a connection back for up to a minute after others failed; nobody waits for this one. */
const upgradePatience = 75_000;

export interface ApproachPorts extends Omit<LinkPorts, 'asking'> {
  /** Throws DirectError with the server's word. */
  readonly session: (machine: string, purpose: Purpose, room: string | null) => Promise<P2pSession>;
  readonly closeSession: (sessionId: string) => void;
  /** By machine, shared by all that goes there: until when the relay comes first. */
  readonly relayFirst: Map<string, number>;
}

/** What a session is for; `room`: whose rules count. */
export interface Aim {
  readonly machine: string;
  readonly purpose: Purpose;
  readonly room: string | null;
}

/** Of a relayed connection, when a direct one can take its place. */
export interface Upgrade {
  /** Nothing would be lost by it now. */
  readonly welcome: () => boolean;
  /** Then the relayed one ends by `path_changed`. */
  readonly take: (direct: Link) => void;
}

export class Approach {
  readonly #aim: Aim;
  readonly #ports: ApproachPorts;

  constructor(aim: Aim, ports: ApproachPorts) {
    this.#aim = aim;
    this.#ports = ports;
  }

  /** `asking`: the browser may be asking the person. Throws DirectError. */
  async open(asking: () => void, upgrade: Upgrade): Promise<Link> {
    const link = await this.#inSession((session) => this.#reach(session, asking));
    if (link.path === 'relayed' && this.#ports.dial)
      this.#upgradeLater(link, upgrade, upgradeMilliseconds);
    return link;
  }

  /** The session lives as long as the link. */
  async #inSession(open: (session: P2pSession) => Promise<Link>): Promise<Link> {
    const { machine, purpose, room } = this.#aim;
    const session = await this.#ports.session(machine, purpose, room);
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

  async #reach(session: P2pSession, asking: () => void): Promise<Link> {
    const { clock, dial, relayFirst } = this.#ports;
    const { machine } = this.#aim;
    const ports = { ...this.#ports, asking };
    let why = new DirectError('unreachable', 'not tried again so soon');
    if (clock.now() >= (relayFirst.get(machine) ?? 0)) {
      try {
        return await Link.open(ports, machine, session);
      } catch (thrown) {
        why = asDirectError(thrown);
        if (!why.relayMayHelp) throw why;
      }
    }
    try {
      const link = await Link.openRelayed(ports, machine, session);
      if (dial) relayFirst.set(machine, clock.now() + relayFirstMilliseconds);
      return link;
    } catch (thrown) {
      relayFirst.delete(machine);
      const relayed = asDirectError(thrown);
      // A server that relays nothing, or a machine that does not come there, leaves it at what kept us from the machine:
      // it was connected a moment ago, or there would be no session.
      const mute = relayed.code === 'relay_off' || (dial && relayed.code === 'peer_offline');
      throw mute ? why : relayed;
    }
  }

  /** As long as a relayed link is of use. */
  #upgradeLater(link: Link, upgrade: Upgrade, delay: number): void {
    const cancel = this.#ports.clock.after(delay, () => {
      if (upgrade.welcome()) void this.#upgrade(link, upgrade, delay);
      else this.#upgradeLater(link, upgrade, delay);
    });
    void link.lost.then(cancel);
  }

  async #upgrade(link: Link, upgrade: Upgrade, delay: number): Promise<void> {
    const { machine } = this.#aim;
    const ports = {
      ...this.#ports,
      asking: () => undefined,
      promptPossible: false,
      patienceMilliseconds: upgradePatience,
    };
    try {
      const direct = await this.#inSession((session) => Link.open(ports, machine, session));
      this.#ports.relayFirst.delete(machine);
      if (link.usable && upgrade.welcome()) {
        upgrade.take(direct);
        link.close(new DirectError('path_changed'));
        return;
      }
      direct.close();
    } catch {
      // The relayed one goes on.
    }
    const next = Math.min(delay * 2, upgradeMillisecondsMax);
    if (link.usable) this.#upgradeLater(link, upgrade, next);
  }
}
