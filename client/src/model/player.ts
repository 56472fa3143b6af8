/** Plays a recording on a screen: from anywhere, at any speed. */
import type { Clock } from '../protocol/ports';
import { lengthOf, markersOf, type Recording } from './recording';
import { Store } from './store';

/** Draws: in the order of the calls. `drawn` must be called for every text. */
export interface Stage {
  resize(cols: number, rows: number): void;
  write(text: string, drawn: () => void): void;
}

/** `position`: seconds. `marker`: the last one before it, "" before the first. */
export interface PlayerState {
  readonly position: number;
  readonly playing: boolean;
  readonly speed: number;
  readonly marker: string;
}

/** Index of the first event behind that time. */
function firstAfter({ events }: Recording, seconds: number): number {
  let [from, to] = [0, events.length];
  while (from < to) {
    const middle = (from + to) >> 1;
    if ((events[middle]?.at ?? Infinity) > seconds) to = middle;
    else from = middle + 1;
  }
  return from;
}

export const speeds = [0.5, 1, 2, 4, 8] as const;
/** How often the position is told while nothing happens. */
const tickMilliseconds = 100;
/** What is drawn at once, so that another wish is heard in between. */
const pieceCharacters = 65_536;
const reset = '\x1bc';

export class Player {
  readonly length: number;
  readonly state = new Store<PlayerState>({ position: 0, playing: false, speed: 1, marker: '' });
  readonly #recording: Recording;
  readonly #stage: Stage;
  readonly #clock: Clock;
  readonly #markers: readonly { readonly at: number; readonly text: string }[];
  /** The first event that is not drawn yet. */
  #next = 0;
  #drawing = false;
  #rewind = true;
  #over = false;
  /** Since when, by the clock, and from where it plays. */
  #since = 0;
  #from = 0;
  #cancel: () => void = () => undefined;

  constructor(recording: Recording, stage: Stage, clock: Clock) {
    this.#recording = recording;
    this.#stage = stage;
    this.#clock = clock;
    this.length = lengthOf(recording);
    this.#markers = markersOf(recording);
    void this.#draw();
  }

  play(): void {
    const { position } = this.state.get();
    if (position >= this.length) this.seek(0);
    this.#begin(true);
  }

  pause(): void {
    this.#begin(false);
  }

  setSpeed(speed: number): void {
    this.#move(this.#now);
    this.state.update((state) => ({ ...state, speed }));
    this.#begin(this.state.get().playing);
  }

  seek(seconds: number): void {
    const position = Math.min(Math.max(seconds, 0), this.length);
    if (position < this.#now) this.#rewind = true;
    this.#move(position);
    this.#begin(this.state.get().playing);
  }

  end(): void {
    this.#over = true;
    this.#cancel();
  }

  /** Where it is, by the clock. */
  get #now(): number {
    const { position, playing, speed } = this.state.get();
    if (!playing) return position;
    return Math.min(this.length, this.#from + ((this.#clock.now() - this.#since) / 1000) * speed);
  }

  /** From where it is now. */
  #begin(playing: boolean): void {
    this.#move(this.#now);
    this.state.update((state) => ({ ...state, playing }));
    this.#tick();
  }

  #move(position: number): void {
    this.#from = position;
    this.#since = this.#clock.now();
    this.#tell(position);
  }

  #tell(position: number): void {
    const marker = this.#markers.findLast(({ at }) => at <= position)?.text ?? '';
    this.state.update((state) => ({ ...state, position, marker }));
  }

  #tick(): void {
    this.#cancel();
    if (this.#over) return;
    this.#tell(this.#now);
    void this.#draw();
    const { playing, position, speed } = this.state.get();
    if (!playing) return;
    if (position >= this.length) {
      this.state.update((state) => ({ ...state, playing: false }));
      return;
    }
    const next = this.#recording.events[firstAfter(this.#recording, position)]?.at ?? this.length;
    const wait = Math.min(tickMilliseconds, Math.ceil(((next - position) / speed) * 1000));
    this.#cancel = this.#clock.after(Math.max(1, wait), () => {
      this.#tick();
    });
  }

  /** Everything up to the position; a wish that comes meanwhile is followed by the same call. */
  async #draw(): Promise<void> {
    if (this.#drawing) return;
    this.#drawing = true;
    while (!this.#over && (this.#rewind || this.#isDue())) {
      if (this.#rewind) {
        this.#rewind = false;
        this.#next = 0;
        const { cols, rows } = this.#recording;
        await this.#output(reset);
        this.#stage.resize(cols, rows);
      } else await this.#piece();
    }
    this.#drawing = false;
  }

  #isDue(): boolean {
    const event = this.#recording.events[this.#next];
    return event !== undefined && event.at <= this.state.get().position;
  }

  async #piece(): Promise<void> {
    let text = '';
    while (this.#isDue() && text.length < pieceCharacters) {
      const event = this.#recording.events[this.#next];
      if (event?.kind === 'resize' && text !== '') break;
      this.#next += 1;
      if (event?.kind === 'resize') this.#stage.resize(event.cols, event.rows);
      if (event?.kind === 'output') text += event.text;
    }
    if (text !== '') await this.#output(text);
  }

  async #output(text: string): Promise<void> {
    await new Promise<void>((drawn) => {
      this.#stage.write(text, drawn);
    });
  }
}
