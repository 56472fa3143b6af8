/** A file that its person chose (File System Access): it gets its name only when all of it is there. */
import { DirectError } from '../transfer/direct_error';
import type { Sink } from '../transfer/landing';

function failure(thrown: unknown): DirectError {
  const full = thrown instanceof DOMException && thrown.name === 'QuotaExceededError';
  return new DirectError(full ? 'disk_full' : 'write_failed', String(thrown));
}

/** Throws DirectError: write_failed, disk_full. */
export async function fileSink(handle: FileSystemFileHandle): Promise<Sink> {
  const tried = async <T>(work: Promise<T>): Promise<T> => {
    try {
      return await work;
    } catch (thrown) {
      throw failure(thrown);
    }
  };
  const writable = await tried(handle.createWritable());
  return {
    write: (block) => tried(writable.write(block)),
    finish: () => tried(writable.close()),
    abort: () => {
      writable.abort().catch(() => undefined);
    },
  };
}
