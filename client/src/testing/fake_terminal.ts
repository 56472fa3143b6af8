/** The sharer's end of one terminal's stream: hears what the page says on it, and says what a test wants. */
import { jsonFrame, type Frame } from '../transfer/frame';

type Json = Readonly<Record<string, unknown>>;

export class FakeTerminal {
  readonly heard: Json[] = [];
  readonly keys: { epoch: number; text: string }[] = [];
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;

  constructor(writer: WritableStreamDefaultWriter<Uint8Array>) {
    this.#writer = writer;
  }

  hear(frame: Frame, message: Json): void {
    if (frame.kind === 'term_in')
      this.keys.push({ epoch: frame.position, text: new TextDecoder().decode(frame.data) });
    else if (message.type === 'TERM_ALIVE') void this.say(message);
    else this.heard.push(message);
  }

  async say(message: object): Promise<void> {
    await this.#writer.write(jsonFrame(message));
  }

  async open(control = true): Promise<void> {
    await this.say({ type: 'TERM_OPEN', name: 'build', cols: 80, rows: 24, control });
    await this.say({ type: 'TERM_STATE', watching: ['ben'], hidden: false });
  }

  async output(text: string, kind: 0x02 | 0x04 = 0x02): Promise<void> {
    const data = new TextEncoder().encode(text);
    const frame = new Uint8Array(13 + data.length);
    const head = new DataView(frame.buffer);
    head.setUint32(0, 1 + 8 + data.length);
    head.setUint8(4, kind);
    frame.set(data, 13);
    await this.#writer.write(frame);
  }

  async finish(): Promise<void> {
    await this.#writer.close();
  }
}
