/** The worker's side of the table: takes the page's wishes, hands them to the machines, and asks for what it needs. */
import type { FileReport, FromWorker, Purpose, ToWorker, Way } from '../protocol/direct';
import type { Clock, DeviceIdentity, KnownMachines } from '../protocol/ports';
import type { P2pSession, RelayPlace } from '../protocol/shapes';
import type { TerminalPlace } from '../protocol/terminal';
import { DirectError } from './direct_error';
import type { Announced } from './file_receiver';
import { Incoming, type OpenSink } from './incoming';
import { Machine, type MachinePorts } from './machine';
import { Outgoing, type SourceFile } from './outgoing';
import type { SourceFolder } from './folder_list';
import { OutgoingFolder } from './outgoing_folder';
import type { Permission } from './reach';
import type { OpenRelay } from './relay_transport';
import { TerminalView } from './terminal_view';
import type { Dial } from './transport';

export interface DeskPorts {
  readonly clock: Clock;
  readonly unit: () => number;
  readonly fine: () => number;
  readonly dial: Dial | null;
  readonly openRelay: OpenRelay;
  readonly permission: Permission;
  readonly promptPossible: boolean;
  readonly hasher: MachinePorts['hasher'];
  readonly identity: (user: string) => Promise<DeviceIdentity>;
  readonly known: (user: string) => KnownMachines;
  readonly openSink: OpenSink;
  readonly post: (message: FromWorker) => void;
}

export class Desk {
  readonly #ports: DeskPorts;
  readonly #machines = new Map<string, Machine>();
  readonly #views = new Map<string, TerminalView>();
  readonly #asks = new Map<number, PromiseWithResolvers<P2pSession>>();
  readonly #places = new Map<number, PromiseWithResolvers<RelayPlace>>();
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
      case 'send_folder':
        void this.#sendFolder(message.id, message.machine, message.folder as SourceFolder);
        break;
      case 'take':
        void this.#take(message);
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
      case 'relay':
        this.#placed(message.ask)?.resolve(message.place);
        break;
      case 'no_relay':
        this.#placed(message.ask)?.reject(new DirectError(message.code));
        break;
      case 'renewed':
        for (const machine of this.#machines.values())
          void machine.renewed(message.session, message.token);
        for (const view of this.#views.values()) view.renewed(message.session, message.token);
        break;
      case 'watch':
        void this.#watch(message.id, message.place);
        break;
      case 'unwatch':
        this.#views.get(message.id)?.end();
        this.#views.delete(message.id);
        break;
      case 'watch_again':
        this.#views.get(message.id)?.again();
        break;
      case 'keys':
        this.#views.get(message.id)?.type(message.bytes);
        break;
      case 'ask_size':
        this.#views.get(message.id)?.askSize(message);
        break;
      case 'suggest':
        this.#views.get(message.id)?.suggest(message.text);
        break;
      case 'asks':
        this.#views.get(message.id)?.asks(message.on);
        break;
      case 'drawn':
        this.#views.get(message.id)?.drawn(message.count);
    }
  }

  async #begin(user: string): Promise<MachinePorts> {
    const { clock, unit, fine, dial, openRelay, permission, promptPossible, hasher, post } =
      this.#ports;
    const known = this.#ports.known(user);
    this.#known = known;
    return {
      clock,
      unit,
      fine,
      dial,
      openRelay,
      permission,
      hasher,
      promptPossible,
      relayFirst: new Map(),
      known,
      identity: await this.#ports.identity(user),
      session: (machine, purpose, room) => this.#ask(machine, purpose, room),
      relayPlace: (session) => this.#askPlace(session),
      closeSession: (session) => {
        post({ type: 'close', session });
      },
      askRenewal: (session) => {
        post({ type: 'renew', session });
      },
    };
  }

  async #machine(id: string, way: Way): Promise<Machine> {
    const ports = await this.#greeted();
    const key = `${way} ${id}`;
    const known = this.#machines.get(key);
    if (known) return known;
    const machine = new Machine(id, way, ports);
    this.#machines.set(key, machine);
    return machine;
  }

  async #send(id: string, machine: string, file: SourceFile): Promise<void> {
    const outgoing = new Outgoing(id, file, this.#ports.clock, this.#teller(id));
    (await this.#machine(machine, 'out')).add(outgoing);
  }

  async #sendFolder(id: string, machine: string, folder: SourceFolder): Promise<void> {
    const outgoing = new OutgoingFolder(id, folder, this.#ports.clock, this.#teller(id));
    (await this.#machine(machine, 'out')).add(outgoing);
  }

  async #take({ id, machine, file, place }: Extract<ToWorker, { type: 'take' }>): Promise<void> {
    const { clock, openSink } = this.#ports;
    const open = (announced: Announced) => openSink(announced, place);
    (await this.#machine(machine, 'in')).add(new Incoming(id, file, open, clock, this.#teller(id)));
  }

  #teller(id: string): (report: FileReport) => void {
    return (report) => {
      this.#ports.post({ type: 'told', id, report });
    };
  }

  #wish(wish: 'pause' | 'resume' | 'cancel', id: string): void {
    for (const machine of this.#machines.values()) {
      const file = machine.find(id);
      if (file) machine[wish](file);
    }
  }

  async #check(id: string): Promise<void> {
    const machine = await this.#machine(id, 'out');
    await machine.check((report) => {
      this.#ports.post({ type: 'checked', machine: id, report });
    });
  }

  async #watch(id: string, place: TerminalPlace): Promise<void> {
    const { post } = this.#ports;
    const ports = await this.#greeted();
    const view = new TerminalView(place, ports, {
      told: (report) => {
        post({ type: 'terminal', id, report });
      },
      output: (bytes, snapshot) => {
        post({ type: 'output', id, bytes, snapshot });
      },
    });
    this.#views.set(id, view);
    await view.run();
  }

  #greeted(): Promise<MachinePorts> {
    if (!this.#begun) throw new Error('begin comes first');
    return this.#begun;
  }

  #ask(machine: string, purpose: Purpose, room: string | null): Promise<P2pSession> {
    const ask = ++this.#lastAsk;
    const answer = Promise.withResolvers<P2pSession>();
    this.#asks.set(ask, answer);
    this.#ports.post({ type: 'ask_session', ask, machine, purpose, room });
    return answer.promise;
  }

  #askPlace(session: string): Promise<RelayPlace> {
    const ask = ++this.#lastAsk;
    const answer = Promise.withResolvers<RelayPlace>();
    this.#places.set(ask, answer);
    this.#ports.post({ type: 'ask_relay', ask, session });
    return answer.promise;
  }

  #placed(ask: number): PromiseWithResolvers<RelayPlace> | undefined {
    const answer = this.#places.get(ask);
    this.#places.delete(ask);
    return answer;
  }

  #answered(ask: number): PromiseWithResolvers<P2pSession> | undefined {
    const answer = this.#asks.get(ask);
    this.#asks.delete(ask);
    return answer;
  }
}
