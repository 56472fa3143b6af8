/** xterm.js as this page uses it: it draws, and tells what a person types; nothing that it says by itself gets out. */
import { SearchAddon } from '@xterm/addon-search';
import { Unicode11Addon } from '@xterm/addon-unicode11';
import { WebLinksAddon } from '@xterm/addon-web-links';
import { Terminal as Xterm } from '@xterm/xterm';
import '@xterm/xterm/css/xterm.css';
import type { Stage } from '../../model/player';
import type { Canvas } from '../../model/terminal';
import { isTyped, pastable } from '../../model/terminal_input';
import { fontPixels } from '../../model/terminals';
import type { TerminalSize } from '../../protocol/terminal';
import { EchoOverlay } from './echo_overlay';
import { contrastLeast, marks, palette } from './palette';
import { keepPagePolicy } from './page_policy';
import { scrollByTouch } from './touch_scroll';

export interface ScreenCalls {
  typed(text: string): void;
  pasted(text: string): void;
  title(text: string): void;
  /** A link was pressed. */
  link(address: string): void;
  /** False: the terminal does nothing with this key. */
  key(event: KeyboardEvent): boolean;
  /** Which of how many finds is shown; 0 of 0 when nothing was found. */
  found(at: number, count: number): void;
}

keepPagePolicy();

/** Above the screen, as a snapshot brings them. */
const scrollbackLines = 10_000;
/** What a machine hears of; see docs/AGENT.md. */
const sizes = { cols: [20, 1000], rows: [5, 500] } as const;
const within = ([least, most]: readonly [number, number], count: number) =>
  Math.min(most, Math.max(least, count));
/** Beside the text. */
const scrollbarPixels = 14;

export class XtermScreen implements Canvas, Stage {
  readonly #term: Xterm;
  readonly #search = new SearchAddon();
  readonly #place: HTMLElement;
  readonly #ends: (() => void)[] = [];
  readonly #echo: EchoOverlay;

  constructor(place: HTMLElement, calls: ScreenCalls) {
    this.#place = place;
    const open = (_: unknown, address: string) => {
      calls.link(address);
    };
    const term = new Xterm({
      allowProposedApi: true,
      disableStdin: true,
      scrollback: scrollbackLines,
      fontFamily: getComputedStyle(document.documentElement).getPropertyValue('--mono').trim(),
      fontSize: fontPixels.usual,
      minimumContrastRatio: contrastLeast,
      theme: palette(),
      linkHandler: { activate: open },
      macOptionIsMeta: true,
    });
    this.#term = term;
    term.loadAddon(new Unicode11Addon());
    term.unicode.activeVersion = '11';
    term.loadAddon(this.#search);
    term.loadAddon(new WebLinksAddon(open));
    this.#answerNothing();
    term.onData((data) => {
      if (isTyped(data)) calls.typed(data);
    });
    term.onTitleChange(calls.title);
    term.attachCustomKeyEventHandler(calls.key);
    this.#search.onDidChangeResults(({ resultIndex, resultCount }) => {
      calls.found(resultIndex + 1, resultCount);
    });
    term.open(place);
    this.#echo = new EchoOverlay(term);
    this.#ends.push(() => {
      this.#echo.end();
    });
    this.#ends.push(scrollByTouch(place, term));
    const onPaste = (event: ClipboardEvent) => {
      event.preventDefault();
      event.stopImmediatePropagation();
      calls.pasted(event.clipboardData?.getData('text/plain') ?? '');
    };
    place.addEventListener('paste', onPaste, true);
    this.#ends.push(() => {
      place.removeEventListener('paste', onPaste, true);
    });
    void this.#drawFaster();
  }

  // -- Canvas

  resize(cols: number, rows: number): void {
    // Behind the output that came before it.
    this.#term.write('', () => {
      this.#term.resize(cols, rows);
      this.#place.dispatchEvent(new Event('terminalsize'));
    });
  }

  output(bytes: Uint8Array, drawn: () => void): void {
    this.#term.write(bytes, () => {
      this.#echo.shown();
      drawn();
    });
  }

  // -- Stage

  write(text: string, drawn: () => void): void {
    this.#term.write(text, drawn);
  }

  // -- what the person chooses

  /** Whether keys are taken. */
  takeKeys(on: boolean): void {
    this.#term.options.disableStdin = !on;
    this.#term.options.cursorStyle = on ? 'block' : 'underline';
    this.#echo.take(on);
  }
  /** Keys leave now: what they will show is foreseen where the way is slow. */
  foresee(keys: string): void {
    this.#echo.typed(keys);
  }
  roundTrip(milliseconds: number | null): void {
    this.#echo.roundTrip(milliseconds);
  }
  readAloud(on: boolean): void {
    this.#term.options.screenReaderMode = on;
  }
  follow(): void {
    this.#term.options.theme = palette();
  }

  /** That large, or as large as fits into a frame. */
  size(wanted: number | HTMLElement): void {
    const pixels = typeof wanted === 'number' ? wanted : this.#fitting(wanted);
    if (this.#term.options.fontSize !== pixels) this.#term.options.fontSize = pixels;
  }
  /** The letters that a frame has room for in this size of text. */
  room(frame: HTMLElement, pixels: number): TerminalSize {
    const screen = this.#place.querySelector<HTMLElement>('.xterm-screen');
    const { cols, rows } = this.#term;
    if (!screen || screen.offsetWidth === 0) return { cols, rows };
    const scale = pixels / this.fontSize;
    const wide = (screen.offsetWidth / cols) * scale;
    const high = (screen.offsetHeight / rows) * scale;
    return {
      cols: within(sizes.cols, Math.floor((frame.clientWidth - scrollbarPixels) / wide)),
      rows: within(sizes.rows, Math.floor(frame.clientHeight / high)),
    };
  }
  get fontSize(): number {
    return this.#term.options.fontSize ?? fontPixels.usual;
  }

  focus(): void {
    this.#term.focus();
  }
  get modes() {
    return this.#term.modes;
  }
  paste(text: string): void {
    this.#term.paste(pastable(text));
  }
  /** As if it had been typed. */
  input(data: string): void {
    this.#term.input(data, true);
  }

  /** What is marked, or everything that can be seen and scrolled to. */
  get text(): string {
    if (this.#term.hasSelection()) return this.#term.getSelection();
    const buffer = this.#term.buffer.active;
    const lines: string[] = [];
    for (let at = 0; at < buffer.length; at++) {
      const line = buffer.getLine(at);
      const text = line?.translateToString(true) ?? '';
      if (line?.isWrapped === true) lines.push(`${lines.pop() ?? ''}${text}`);
      else lines.push(text);
    }
    return lines.join('\n').trimEnd();
  }
  get marked(): boolean {
    return this.#term.hasSelection();
  }

  find(text: string, back: boolean): void {
    const options = { decorations: marks() };
    if (back) this.#search.findPrevious(text, options);
    else this.#search.findNext(text, options);
  }
  stopFinding(): void {
    this.#search.clearDecorations();
    this.#term.clearSelection();
  }

  scrollPages(by: number): void {
    this.#term.scrollPages(by);
  }
  scrollLines(by: number): void {
    this.#term.scrollLines(by);
  }
  scrollToEnd(top: boolean): void {
    if (top) this.#term.scrollToTop();
    else this.#term.scrollToBottom();
  }

  end(): void {
    for (const end of this.#ends) end();
    this.#term.dispose();
  }

  /** Questions of programs over there: who asks gets no answer from here, and nothing reaches the clipboard. */
  #answerNothing(): void {
    const { parser } = this.#term;
    const swallow = () => true;
    for (const id of [
      { final: 'c' },
      { prefix: '>', final: 'c' },
      { prefix: '=', final: 'c' },
      { final: 'n' },
      { prefix: '?', final: 'n' },
      { prefix: '>', final: 'q' },
      { intermediates: '$', final: 'p' },
      { prefix: '?', intermediates: '$', final: 'p' },
      { final: 't' },
    ])
      parser.registerCsiHandler(id, swallow);
    parser.registerDcsHandler({ intermediates: '$', final: 'q' }, swallow);
    for (const string of [4, 10, 11, 12])
      parser.registerOscHandler(string, (it) => it.includes('?'));
    parser.registerOscHandler(52, swallow);
  }

  #fitting(frame: HTMLElement): number {
    const screen = this.#place.querySelector<HTMLElement>('.xterm-screen');
    const now = this.fontSize;
    if (!screen || screen.offsetWidth === 0) return now;
    const wide = (frame.clientWidth - scrollbarPixels) / (screen.offsetWidth / now);
    const high = frame.clientHeight / (screen.offsetHeight / now);
    const pixels = Math.floor(Math.min(wide, high) * 2) / 2;
    return Math.min(fontPixels.most, Math.max(fontPixels.least, pixels));
  }

  /** By the graphics card, where there is one. */
  async #drawFaster(): Promise<void> {
    const canvas = document.createElement('canvas');
    if (!canvas.getContext('webgl2', { failIfMajorPerformanceCaveat: true })) return;
    const { WebglAddon } = await import('@xterm/addon-webgl');
    if (!this.#place.isConnected) return;
    try {
      const addon = new WebglAddon();
      addon.onContextLoss(() => {
        addon.dispose();
      });
      this.#term.loadAddon(addon);
    } catch {
      // It is drawn without.
    }
  }
}
