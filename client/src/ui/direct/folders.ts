/** Folders as browsers hand them out: dropped ones by their entries, chosen ones as files that know their paths. */
import type { ChosenFile, ChosenFolder } from '../../protocol/direct';

interface Reading {
  readonly files: { path: string; file: ChosenFile }[];
  readonly folders: string[];
}

function entriesOf(reader: FileSystemDirectoryReader): Promise<FileSystemEntry[]> {
  return new Promise((done, fail) => {
    reader.readEntries(done, fail);
  });
}

function fileOf(entry: FileSystemFileEntry): Promise<File> {
  return new Promise((done, fail) => {
    entry.file(done, fail);
  });
}

/** What cannot be read is left out, as it is when it cannot be read later. */
async function read(folder: FileSystemDirectoryEntry, prefix: string, into: Reading) {
  const reader = folder.createReader();
  for (;;) {
    const some = await entriesOf(reader).catch(() => []); // they come in parts, the last of which is empty
    if (some.length === 0) return;
    for (const entry of some) {
      const path = prefix + entry.name;
      if (entry.isDirectory) {
        into.folders.push(path);
        await read(entry as FileSystemDirectoryEntry, `${path}/`, into);
      } else {
        const file = await fileOf(entry as FileSystemFileEntry).catch(() => null);
        if (file) into.files.push({ path, file });
      }
    }
  }
}

async function whole(folder: FileSystemDirectoryEntry): Promise<ChosenFolder> {
  const into: Reading = { files: [], folders: [] };
  await read(folder, '', into);
  return { name: folder.name, ...into };
}

/** To be called while the event is handled: afterwards the browser has forgotten what was dropped. */
export function droppedOf(data: DataTransfer): {
  readonly files: File[];
  readonly folders: Promise<ChosenFolder>[];
} {
  const files: File[] = [];
  const folders: Promise<ChosenFolder>[] = [];
  for (const item of data.items) {
    if (item.kind !== 'file') continue;
    const entry = item.webkitGetAsEntry();
    const file = item.getAsFile();
    if (entry?.isDirectory === true) folders.push(whole(entry as FileSystemDirectoryEntry));
    else if (file) files.push(file);
  }
  return { files, folders };
}

/** Of a field that chooses folders: "photos/2026/a.jpg" is a file of the folder "photos". Null when nothing was chosen. */
export function chosenOf(list: FileList | null): ChosenFolder | null {
  const files = [...(list ?? [])];
  const name = files[0]?.webkitRelativePath.split('/')[0];
  if (name === undefined || name === '') return null;
  const below = files.map((file) => ({
    path: file.webkitRelativePath.slice(name.length + 1),
    file,
  }));
  return { name, files: below, folders: [] };
}
