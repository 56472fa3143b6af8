/** One terminal on the screen: how it stands, whose keyboard it is, and its output on the way to whoever draws it. */
import type { Command } from '../protocol/command';
import type { EventOf } from '../protocol/event';
import type { Clock } from '../protocol/ports';
import {
  unseen,
  type TerminalFromWorker,
  type TerminalPlace,
  type TerminalReport,
  type TerminalSize,
  type TerminalToWorker,
} from '../protocol/terminal';
import { Store } from './store';
import { pastable } from './terminal_input';

/** `until`: milliseconds since 1970 by this clock, null when nobody said. `reason`: a word of the sharer's machine. */
export type Keyboard =
  | { readonly state: 'none' | 'asking' }
  | { readonly state: 'mine'; readonly until: number | null }
  | { readonly state: 'denied' | 'lost'; readonly reason: string };

export interface TerminalState {
  readonly report: TerminalReport;
  readonly keyboard: Keyboard;
  /** The line that was suggested last. */
  readonly suggested: string | null;
}

/** Draws: in the order of the calls. `drawn` must be called for every output. */
export interface Canvas {
  resize(cols: number, rows: number): void;
  output(bytes: Uint8Array, drawn: () => void): void;
}

export interface TerminalNeeds {
  readonly clock: Clock;
  readonly userId: string;
  readonly post: (message: TerminalToWorker) => void;
  readonly send: (command: Command) => string | null;
}

export class Terminal {
  readonly id: string;
  readonly place: TerminalPlace;
  readonly state = new Store<TerminalState>({
    report: unseen,
    keyboard: { state: 'none' },
    suggested: null,
  });
  readonly #needs: TerminalNeeds;
  #canvas: Canvas | null = null;
  /** What came before there was a canvas; the worker bounds it. */
  #early: ((canvas: Canvas) => void)[] = [];
  #asked: string | null = null;
  #granted: { readonly epoch: number; readonly until: number } | null = null;

  constructor(id: string, place: TerminalPlace, needs: TerminalNeeds) {
    this.id = id;
    this.place = place;
    this.#needs = needs;
    needs.post({ type: 'watch', id, place });
  }

  /** Draws from here on, and first what is there already. */
  drawOn(canvas: Canvas): void {
    this.#canvas = canvas;
    for (const draw of this.#early.splice(0)) draw(canvas);
  }

  again(): void {
    this.#needs.post({ type: 'watch_again', id: this.id });
  }

  /** Goes out as it is; without the keyboard it goes nowhere. */
  type(bytes: Uint8Array): void {
    if (this.state.get().keyboard.state === 'mine')
      this.#needs.post({ type: 'keys', id: this.id, bytes });
  }

  suggest(line: string): void {
    const text = pastable(line);
    this.#needs.post({ type: 'suggest', id: this.id, text });
    this.state.update((state) => ({ ...state, suggested: text }));
  }

  ask(): void {
    const { session } = this.state.get().report;
    if (session === null) return;
    this.#asked = this.#needs.send({
      type: 'terminal.control.request',
      to: `device:${this.place.machine}`,
      payload: { session_id: session, user_id: this.#needs.userId },
    });
    if (this.#asked !== null) this.#become({ state: 'asking' });
  }

  /** The sharer takes that size, or not. */
  askSize({ cols, rows }: TerminalSize): void {
    this.#needs.post({ type: 'ask_size', id: this.id, cols, rows });
  }

  /** The page goes, and its worker with it: nobody here closes the session otherwise. */
  leave(): void {
    const { session } = this.state.get().report;
    if (session !== null)
      this.#needs.send({ type: 'p2p.session.close', payload: { session_id: session } });
  }

  giveBack(): void {
    const { session } = this.state.get().report;
    if (session === null) return;
    this.#needs.send({
      type: 'terminal.control.revoked',
      to: `device:${this.place.machine}`,
      payload: { session_id: session, user_id: this.#needs.userId, reason: 'released' },
    });
    this.#become({ state: 'none' });
  }

  heard(message: TerminalFromWorker): void {
    if (message.type === 'terminal') this.#told(message.report);
    else {
      const { bytes } = message;
      this.#draw((canvas) => {
        canvas.output(bytes, () => {
          this.#needs.post({ type: 'drawn', id: this.id, count: bytes.length });
        });
      });
    }
  }

  /** What the sharer's machine says; who types is decided there, and its stream tells. */
  control(
    event: EventOf<
      'terminal.control.granted' | 'terminal.control.denied' | 'terminal.control.revoked'
    >,
  ): void {
    const { payload, from } = event;
    if (payload.session_id !== this.state.get().report.session) return;
    // Either the machine's word passed on, or the server's own about its lease.
    if (from !== `device:${this.place.machine}` && from !== 'server') return;
    const reason = payload.reason ?? '';
    if (event.type === 'terminal.control.denied') this.#become({ state: 'denied', reason });
    else if (event.type === 'terminal.control.revoked') this.#lost(reason);
    else this.#allowed(payload.epoch, payload.expires_at, event.timestamp);
  }

  /** True when the error answers the question for the keyboard: it came to nobody. */
  refused(replyTo: string | null, code: string): boolean {
    if (replyTo === null || replyTo !== this.#asked) return false;
    this.#asked = null;
    if (this.state.get().keyboard.state === 'asking')
      this.#become({ state: 'denied', reason: code });
    return true;
  }

  end(): void {
    this.#canvas = null;
    this.#early = [];
    this.#needs.post({ type: 'unwatch', id: this.id });
  }

  #draw(draw: (canvas: Canvas) => void): void {
    if (this.#canvas) draw(this.#canvas);
    else this.#early.push(draw);
  }

  #told(report: TerminalReport): void {
    const before = this.state.get().report;
    this.state.update((state) => ({ ...state, report }));
    const { cols, rows } = report;
    if (cols > 0 && (cols !== before.cols || rows !== before.rows))
      this.#draw((canvas) => {
        canvas.resize(cols, rows);
      });
    const keyboard = this.state.get().keyboard.state;
    if (report.epoch !== null && report.epoch !== before.epoch) this.#become(this.#lease(report));
    else if (report.epoch === null && before.epoch !== null && keyboard === 'mine')
      this.#become({ state: 'lost', reason: report.phase === 'open' ? '' : 'connection_lost' });
    else if (report.phase !== 'open' && keyboard === 'asking') this.#become({ state: 'none' });
  }

  #lease({ epoch }: TerminalReport): Keyboard {
    const until = this.#granted?.epoch === epoch ? this.#granted.until : null;
    return { state: 'mine', until };
  }

  /** The stream may have said so before, or will. Clocks differ: what counts is how long the server saw it last. */
  #allowed(epoch: number | null, expires: string | null, told: string | null): void {
    if (epoch === null || expires === null || told === null) return;
    const left = Date.parse(expires) - Date.parse(told);
    this.#granted = { epoch, until: this.#needs.clock.now() + left };
    if (this.state.get().report.epoch === epoch) this.#become(this.#lease(this.state.get().report));
  }

  /** The reason comes beside the stream, before or after it. */
  #lost(reason: string): void {
    const { state } = this.state.get().keyboard;
    if (state === 'mine' || state === 'lost') this.#become({ state: 'lost', reason });
  }

  #become(keyboard: Keyboard): void {
    const on = keyboard.state === 'asking';
    if (on !== (this.state.get().keyboard.state === 'asking'))
      this.#needs.post({ type: 'asks', id: this.id, on });
    this.state.update((state) => ({ ...state, keyboard }));
  }
}
