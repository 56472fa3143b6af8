import { beforeEach, describe, expect, it } from 'vitest';
import { fileOf } from '../testing/direct_stage';
import { HandClock } from '../testing/fakes';
import { blake3 } from './blake3';
import { listFolder, type SourceFolder } from './folder_list';
import { FrameReader, jsonFrame } from './frame';
import { MessageStream } from './message_stream';
import { sendFolder, type FolderSent } from './send_folder';

type Json = Readonly<Record<string, unknown>>;

const content = Uint8Array.from({ length: 300_000 }, (_, index) => (index * 7) & 255);
const empty = new Uint8Array(0);
const folder: SourceFolder = {
  name: 'photos',
  files: [
    { path: 'été/a.raw', file: fileOf('a.raw', content) },
    { path: 'b.txt', file: fileOf('b.txt', empty) },
  ],
  folders: ['été', 'nothing'],
};
const accepted = { type: 'FOLDER_ACCEPT', last: true, kept: [] };

const hexOf = async (bytes: Uint8Array) => {
  const hasher = await blake3();
  hasher.update(bytes);
  return hasher.hex();
};

/** A machine at the other end of one stream: what it hears, and what it says to the list and to the end. */
class Machine {
  readonly heard: Json[] = [];
  /** Content by entry. */
  readonly files = new Map<number, number[]>();
  answers: Json[] = [accepted];
  verdict: (done: Json) => Json = ({ hash }) => ({
    type: 'FOLDER_RESULT',
    ok: true,
    hash,
    name: 'photos (1)',
  });
  readonly pipe;
  readonly #there = new TransformStream<Uint8Array, Uint8Array>();
  readonly #back = new TransformStream<Uint8Array, Uint8Array>();

  constructor() {
    this.pipe = { readable: this.#back.readable, writable: this.#there.writable };
    void this.#serve().catch(() => undefined);
  }

  types(): string[] {
    return this.heard.map(({ type }) => String(type));
  }

  async #serve(): Promise<void> {
    const writer = this.#back.writable.getWriter();
    const frames = new FrameReader();
    let entry = -1;
    for await (const bytes of this.#there.readable) {
      frames.feed(bytes);
      for (let frame = frames.next(); frame; frame = frames.next()) {
        if (frame.kind !== 'json') {
          const have = this.files.get(entry) ?? [];
          have.length = frame.position;
          this.files.set(entry, have.concat([...frame.data]));
          continue;
        }
        const message = JSON.parse(frame.text) as Json;
        this.heard.push(message);
        const { type } = message;
        if (type === 'FOLDER_FILE') entry = Number(message.entry);
        if (type === 'FOLDER_MANIFEST' && Number(message.page) + 1 === message.pages)
          for (const answer of this.answers) await writer.write(jsonFrame(answer));
        if (type === 'FOLDER_DONE') await writer.write(jsonFrame(this.verdict(message)));
      }
    }
  }
}

let machine: Machine;
let moved: number[];
let kept: number | null;
beforeEach(() => {
  machine = new Machine();
  moved = [];
  kept = null;
});

async function send(what: SourceFolder = folder): Promise<FolderSent> {
  const clock = new HandClock();
  const all = listFolder(what, clock.now());
  const events = {
    started: (bytes: number) => {
      kept = bytes;
    },
    moved: (offset: number) => moved.push(offset),
  };
  const hashers = [await blake3(), await blake3()] as const;
  const stream = new MessageStream(machine.pipe);
  return sendFolder(stream, { id: 't-1', name: what.name, all }, hashers, events, clock);
}

/** The number of an entry in the list that was sent. */
function entryOf(path: string): number {
  const page = machine.heard.find(({ type }) => type === 'FOLDER_MANIFEST');
  return (page?.entries as { path: string }[]).findIndex((it) => it.path === path);
}

describe('a folder for a machine', () => {
  it('is told as a list, then its files in that order, and their hashes together', async () => {
    const { hash, name, omitted } = await send();
    expect(machine.types()).toEqual([
      'FOLDER_META',
      'FOLDER_MANIFEST',
      'FOLDER_FILE',
      'FILE_DONE',
      'FOLDER_FILE',
      'FILE_DONE',
      'FOLDER_DONE',
    ]);
    expect(machine.heard[0]).toMatchObject({
      transfer_id: 't-1',
      name: 'photos',
      entries: 4,
      files: 2,
      size: 300_000,
    });
    const numbers = machine.heard.filter(({ type }) => type === 'FOLDER_FILE');
    expect(numbers.map(({ entry }) => entry)).toEqual([entryOf('b.txt'), entryOf('été/a.raw')]);
    expect(Uint8Array.from(machine.files.get(entryOf('été/a.raw')) ?? [])).toEqual(content);
    const lines = `${await hexOf(empty)}  ./b.txt\n${await hexOf(content)}  ./été/a.raw\n`;
    expect(hash).toBe(await hexOf(new TextEncoder().encode(lines)));
    expect(machine.heard.at(-1)).toMatchObject({ hash, files: 2 });
    expect({ name, omitted, kept }).toEqual({ name: 'photos (1)', omitted: 0, kept: 0 });
    expect(moved.at(-1)).toBe(300_000);
  });

  it('goes on behind what the machine has of a file', async () => {
    const block = 262_144;
    const blocks = [await hexOf(content.subarray(0, block))];
    machine.answers = [
      { type: 'FOLDER_ACCEPT', last: false, kept: [] },
      { type: 'FILE_PROGRESS', offset: 0 },
      { ...accepted, kept: [{ entry: 3, offset: block, block_bytes: block, blocks }] },
    ];
    const { hash } = await send();
    expect(entryOf('été/a.raw')).toBe(3);
    expect(kept).toBe(block);
    const came = machine.files.get(3) ?? [];
    expect(came.length).toBe(content.length);
    expect(Uint8Array.from(came.slice(block))).toEqual(content.subarray(block));
    expect(came[0]).toBeUndefined(); // was not sent again
    expect(machine.heard.at(-1)).toMatchObject({ hash, files: 2 });
  });

  it('leaves out a file that changed since it was chosen, and says so', async () => {
    const { files } = folder;
    const changed = {
      ...fileOf('c', content),
      slice: () => new Blob([content.subarray(0, 9)]),
    };
    const { omitted } = await send({ ...folder, files: [...files, { path: 'c', file: changed }] });
    expect(omitted).toBe(1);
    const skip = machine.heard.find(({ type }) => type === 'FOLDER_SKIP');
    expect(skip).toMatchObject({ entry: entryOf('c'), code: 'file_changed' });
    expect(machine.heard.at(-1)).toMatchObject({ files: 2 });
  });

  it.each<[string, string, Json[]]>([
    ['is refused', 'denied', [{ type: 'FILE_REJECT', code: 'denied', message: 'no' }]],
    ['is accepted twice', 'bad_answer', [accepted, accepted]],
    ['is answered by what does not belong', 'bad_answer', [{ type: 'FILE_WANT_HASH', length: 1 }]],
    ['is answered by nonsense', 'bad_answer', [{ type: 'NONSENSE' }]],
    ...(
      [
        ['an entry that is not there', { entry: 9, offset: 0, block_bytes: 1, blocks: [] }],
        ['a directory', { entry: 1, offset: 0, block_bytes: 1, blocks: [] }],
        ['more than the file', { entry: 3, offset: 300_001, block_bytes: 300_001, blocks: ['00'] }],
        ['too few blocks', { entry: 3, offset: 300_000, block_bytes: 1_000, blocks: ['00'] }],
      ] as const
    ).map(
      ([what, it]) =>
        [`is kept as ${what}`, 'bad_answer', [{ ...accepted, kept: [it] }]] as [
          string,
          string,
          Json[],
        ],
    ),
    [
      'is kept twice',
      'bad_answer',
      [0, 1].map((last) => ({
        ...accepted,
        last: last === 1,
        kept: [{ entry: 0, offset: 0, block_bytes: 1, blocks: [] }],
      })),
    ],
  ])('that %s ends with %s', async (_, code, answers) => {
    machine.answers = answers;
    await expect(send()).rejects.toMatchObject({ code });
  });

  it.each<[string, Json]>([
    ['disk_full', { ok: false, code: 'disk_full', message: 'no room' }],
    ['denied', { ok: false }],
    ['hash_mismatch', { ok: true, hash: '00', name: 'photos' }],
  ])('is not there when the last word is %s', async (code, said) => {
    machine.verdict = () => ({ type: 'FOLDER_RESULT', ...said });
    await expect(send()).rejects.toMatchObject({ code });
  });
});
