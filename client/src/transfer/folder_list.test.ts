import { describe, expect, it } from 'vitest';
import { listFolder, originOf, pagesOf, type SourceFolder } from './folder_list';
import type { SourceFile } from './outgoing';

const file = (size: number): SourceFile => ({
  name: 'f',
  size,
  lastModified: 7.5,
  slice: (start, end) => new Blob([new Uint8Array(size)]).slice(start, end),
});

function folder(paths: readonly string[], folders: readonly string[] = []): SourceFolder {
  return { name: 'album', files: paths.map((path) => ({ path, file: file(3) })), folders };
}

const paths = (source: SourceFolder) => listFolder(source, 9.5).map(({ entry }) => entry.path);

describe('the list of a folder', () => {
  it('ascends byte by byte, every directory before what it holds', () => {
    const given = ['a/z', 'a-b/c', 'a/b/deep', 'a', '𝄞', '．'].map((it) =>
      it === 'a' ? 'a.txt' : it,
    );
    const sorted = paths(folder(given, ['empty', 'a']));
    expect(sorted).toEqual([
      'a',
      'a-b',
      'a-b/c',
      'a.txt',
      'a/b',
      'a/b/deep',
      'a/z',
      'empty',
      '．',
      '𝄞',
    ]);
    const bytes = sorted.map((path) => Buffer.from(path));
    expect([...bytes].sort((x, y) => Buffer.compare(x, y))).toEqual(bytes);
  });

  it('says of each what agents keep', () => {
    expect(listFolder(folder(['d/f']), 9.5).map(({ entry }) => entry)).toEqual([
      { path: 'd', kind: 'directory', size: 0, mtime: 9, mode: 0o755 },
      { path: 'd/f', kind: 'file', size: 3, mtime: 7, mode: 0o644 },
    ]);
  });

  it('fits messages, whatever the names', () => {
    const names = Array.from(
      { length: 3_000 },
      (_, index) => `"\\\u0001${String(index).padStart(200, 'é')}`,
    );
    const all = listFolder(folder(names), 0);
    const pages = pagesOf(all);
    expect(pages.flat()).toHaveLength(3_000);
    for (const entries of pages) {
      const text = JSON.stringify({ type: 'FOLDER_MANIFEST', page: 9999, pages: 9999, entries });
      expect(Buffer.byteLength(text)).toBeLessThanOrEqual(65_536);
    }
    expect(pagesOf([])).toEqual([[]]);
  });

  it('has the same origin for the same name, of 32 hex digits', async () => {
    expect(await originOf('album')).toMatch(/^[0-9a-f]{32}$/);
    expect(await originOf('album')).toBe(await originOf('album'));
    expect(await originOf('album')).not.toBe(await originOf('other'));
  });
});
