/** The worker's side of the table: takes the page's wishes, hands them to the machines, and asks for what it needs. */
import type { FromWorker, ToWorker } from '../protocol/direct';
import type { Clock, DeviceIdentity, KnownMachines } from '../protocol/ports';
import type { P2pSession } from '../protocol/shapes';
import { DirectError } from './direct_error';
import { Machine, type MachinePorts } from './machine';
import { Outgoing, type SourceFile } from './outgoing';
import type { Permission } from './reach';
import type { Dial } from './transport';

export interface DeskPorts {
  readonly clock: Clock;
  readonly unit: () => number;
  readonly fine: () => number;
  readonly dial: Dial;
  readonly permission: Permission;
  readonly promptPossible: boolean;
  readonly hasher: MachinePorts['hasher'];
  readonly identity: (user: string) => Promise<DeviceIdentity>;
  readonly known: (user: string) => KnownMachines;
  readonly post: (message: FromWorker) => void;
}

export class Desk {
  readonly #ports: DeskPorts;
  readonly #machines = new Map<string, Machine>();
  readonly #asks = new Map<number, PromiseWithResolvers<P2pSession>>();
  #lastAsk = 0;
  #begun: Promise<MachinePorts> | null = null;
  #known: KnownMachines | null = null;

  constructor(ports: DeskPorts) {
    this.#ports = ports;
  }

  heard(message: ToWorker): void {
    switch (message.type) {
      case 'begin':
        this.#begun = this.#begin(message.user);
        break;
      case 'send':
        void this.#send(message.id, message.machine, message.file as SourceFile);
        break;
      case 'pause':
      case 'resume':
      case 'cancel':
        this.#wish(message.type, message.id);
        break;
      case 'check':
        void this.#check(message.machine);
        break;
      case 'trust':
        void this.#known?.forget(message.machine);
        break;
      case 'session':
        this.#answered(message.ask)?.resolve(message.session);
        break;
      case 'no_session':
        this.#answered(message.ask)?.reject(new DirectError(message.code));
        break;
      case 'renewed':
        for (const machine of this.#machines.values())
          void machine.renewed(message.session, message.token);
    }
  }

  async #begin(user: string): Promise<MachinePorts> {
    const { clock, unit, fine, dial, permission, promptPossible, hasher, post } = this.#ports;
    const known = this.#ports.known(user);
    this.#known = known;
    return {
      clock,
      unit,
      fine,
      dial,
      permission,
      hasher,
      promptPossible,
      known,
      identity: await this.#ports.identity(user),
      session: (machine) => this.#ask(machine),
      closeSession: (session) => {
        post({ type: 'close', session });
      },
      askRenewal: (session) => {
        post({ type: 'renew', session });
      },
    };
  }

  async #machine(id: string): Promise<Machine> {
    if (!this.#begun) throw new Error('begin comes first');
    const ports = await this.#begun;
    const known = this.#machines.get(id);
    if (known) return known;
    const machine = new Machine(id, ports);
    this.#machines.set(id, machine);
    return machine;
  }

  async #send(id: string, machine: string, file: SourceFile): Promise<void> {
    const { clock, post } = this.#ports;
    const outgoing = new Outgoing(id, file, clock, (report) => {
      post({ type: 'told', id, report });
    });
    (await this.#machine(machine)).add(outgoing);
  }

  #wish(wish: 'pause' | 'resume' | 'cancel', id: string): void {
    for (const machine of this.#machines.values()) {
      const file = machine.find(id);
      if (file) machine[wish](file);
    }
  }

  async #check(id: string): Promise<void> {
    const machine = await this.#machine(id);
    await machine.check((report) => {
      this.#ports.post({ type: 'checked', machine: id, report });
    });
  }

  #ask(machine: string): Promise<P2pSession> {
    const ask = ++this.#lastAsk;
    const answer = Promise.withResolvers<P2pSession>();
    this.#asks.set(ask, answer);
    this.#ports.post({ type: 'ask_session', ask, machine });
    return answer.promise;
  }

  #answered(ask: number): PromiseWithResolvers<P2pSession> | undefined {
    const answer = this.#asks.get(ask);
    this.#asks.delete(ask);
    return answer;
  }
}
