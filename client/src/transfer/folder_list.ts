/** What a folder holds, in the words and the order in which agents believe it. */
import type { SourceFile } from './outgoing';

export interface SourceFolder {
  readonly name: string;
  readonly files: readonly { readonly path: string; readonly file: SourceFile }[];
  readonly folders: readonly string[];
}

export interface ManifestEntry {
  readonly path: string;
  readonly kind: 'file' | 'directory';
  readonly size: number;
  readonly mtime: number;
  readonly mode: number;
}

/** `file`: null for a directory. */
export interface Listed {
  readonly entry: ManifestEntry;
  readonly file: SourceFile | null;
}

/** A browser does not tell real permissions. */
const fileMode = 0o644;
const folderMode = 0o755;
/** Of a FOLDER_MANIFEST, below the 64 KiB of a message. */
const pageBytes = 48 * 1024;
/** Keys, punctuation and figures of one entry. */
const entryBytes = 120;

const utf8 = new TextEncoder();

/** Byte by byte, as UTF-8. */
function ascending(x: Uint8Array, y: Uint8Array): number {
  const shared = Math.min(x.length, y.length);
  for (let at = 0; at < shared; at++) {
    const difference = (x[at] ?? 0) - (y[at] ?? 0);
    if (difference !== 0) return difference;
  }
  return x.length - y.length;
}

function parentsOf(path: string): string[] {
  const parts = path.split('/').slice(0, -1);
  return parts.map((_, index) => parts.slice(0, index + 1).join('/'));
}

/** `now`: milliseconds, for directories, whose times no browser tells. */
export function listFolder({ files, folders }: SourceFolder, now: number): Listed[] {
  const paths = [...files.map(({ path }) => path), ...folders];
  const directories = new Set([...folders, ...paths.flatMap(parentsOf)]);
  const all: Listed[] = [...directories].map((path) => ({
    entry: { path, kind: 'directory', size: 0, mtime: Math.trunc(now), mode: folderMode },
    file: null,
  }));
  for (const { path, file } of files) {
    const { size, lastModified } = file;
    const mtime = Math.trunc(lastModified);
    all.push({ entry: { path, kind: 'file', size, mtime, mode: fileMode }, file });
  }
  return all
    .map((listed) => ({ listed, key: utf8.encode(listed.entry.path) }))
    .sort((x, y) => ascending(x.key, y.key))
    .map(({ listed }) => listed);
}

/** One empty page for an empty folder. */
export function pagesOf(all: readonly Listed[]): ManifestEntry[][] {
  const pages: ManifestEntry[][] = [[]];
  let bytes = 0;
  for (const { entry } of all) {
    const needs = entryBytes + utf8.encode(JSON.stringify(entry.path)).length;
    if (bytes > 0 && bytes + needs > pageBytes) {
      pages.push([]);
      bytes = 0;
    }
    bytes += needs;
    pages.at(-1)?.push(entry);
  }
  return pages;
}

/** The same whenever this browser sends a folder of this name, so that what is there is found again. */
export async function originOf(name: string): Promise<string> {
  const text = utf8.encode(`mesh-page-folder/1\n${name}`);
  const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', text));
  return [...hash.subarray(0, 16)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}
