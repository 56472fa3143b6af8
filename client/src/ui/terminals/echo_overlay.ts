/** What a person typed and has not come back yet, drawn over the screen and underlined until it has. */
import type { Terminal as Xterm } from '@xterm/xterm';
import { EchoPredictor, type EchoGuess, type EchoView } from '../../model/echo_predictor';
import styles from './terminals.module.css';

export class EchoOverlay {
  readonly #term: Xterm;
  readonly #echo = new EchoPredictor();
  readonly #line = document.createElement('span');
  #timer = 0;
  #on = false;

  /** `term` is open. */
  constructor(term: Xterm) {
    this.#term = term;
    this.#line.className = styles.foreseen ?? '';
    this.#line.setAttribute('aria-hidden', 'true');
    this.#line.dataset.foreseen = '';
    this.#line.hidden = true;
    term.element?.querySelector('.xterm-screen')?.append(this.#line);
    term.onScroll(this.#draw);
    term.onRender(this.#draw);
  }

  /** Whether the keyboard is here. */
  take(on: boolean): void {
    this.#on = on;
    this.#echo.reset();
    this.#draw();
  }
  roundTrip(milliseconds: number | null): void {
    this.#echo.roundTrip(milliseconds ?? 0);
    this.#draw();
  }

  /** Keys leave now. */
  typed(keys: string): void {
    if (!this.#on) return;
    this.#echo.typed(keys, this.#seen(), performance.now());
    this.#draw();
  }
  /** Output has been drawn. */
  shown(): void {
    if (!this.#on) return;
    this.#echo.shown(this.#seen(), performance.now());
    this.#draw();
  }

  end(): void {
    window.clearTimeout(this.#timer);
    this.#line.remove();
  }

  #seen(): EchoView {
    const { cols, rows } = this.#term;
    const buffer = this.#term.buffer.active;
    const row = buffer.cursorY;
    const line = buffer.getLine(buffer.baseY + row);
    const letters: string[] = [];
    for (let at = 0; at < cols; at++) letters.push(line?.getCell(at)?.getChars() ?? '');
    return {
      cols,
      rows,
      row,
      col: buffer.cursorX,
      alternate: buffer.type === 'alternate',
      letters: letters.map((it) => (it === '' ? ' ' : it)),
    };
  }

  readonly #draw = (): void => {
    window.clearTimeout(this.#timer);
    const { deadline } = this.#echo;
    if (deadline !== null)
      this.#timer = window.setTimeout(
        () => {
          this.#echo.tick(performance.now());
          this.#draw();
        },
        Math.max(0, deadline - performance.now()),
      );
    const { viewportY, baseY } = this.#term.buffer.active;
    const guess = this.#on && viewportY === baseY ? this.#echo.guess : null;
    this.#line.hidden = guess === null;
    if (guess) this.#place(guess);
  };

  /** As wide as what it stands before, so that letters which were taken away are not seen behind it. */
  #place({ row, col, text }: EchoGuess): void {
    const screen = this.#line.parentElement;
    if (!screen) return;
    const { cols, rows, options } = this.#term;
    const [wide, high] = [screen.clientWidth / cols, screen.clientHeight / rows];
    const seen = this.#seen();
    const last = seen.letters.findLastIndex((letter) => letter !== ' ');
    const count = Math.max([...text].length, last - col + 1, seen.col - col) + 1;
    const { style } = this.#line;
    style.left = `${String(col * wide)}px`;
    style.top = `${String(row * high)}px`;
    style.width = `${String(Math.min(count, cols - col) * wide)}px`;
    style.height = `${String(high)}px`;
    style.lineHeight = `${String(high)}px`;
    style.fontSize = `${String(options.fontSize ?? 14)}px`;
    style.color = options.theme?.foreground ?? '';
    style.background = options.theme?.background ?? '';
    const drawn = [...text, ''].map((letter) => {
      const cell = document.createElement('span');
      cell.textContent = letter;
      cell.style.width = `${String(wide)}px`;
      return cell;
    });
    const cursor = drawn.at(-1);
    if (cursor) cursor.style.background = options.theme?.cursor ?? '';
    this.#line.replaceChildren(...drawn);
  }
}
