/** What this browser profile keeps in IndexedDB. */
export const identities = 'identities';
export const machines = 'machines';
const tables = [identities, machines];

function asked<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => {
      resolve(request.result);
    };
    request.onerror = () => {
      reject(request.error ?? new Error('IndexedDB failed'));
    };
  });
}

function database(): Promise<IDBDatabase> {
  const request = indexedDB.open('mesh', 2);
  request.onupgradeneeded = () => {
    for (const table of tables)
      if (!request.result.objectStoreNames.contains(table)) request.result.createObjectStore(table);
  };
  return asked(request);
}

export async function inTable<T>(
  table: string,
  mode: IDBTransactionMode,
  work: (store: IDBObjectStore) => IDBRequest<T>,
): Promise<T> {
  const db = await database();
  try {
    return await asked(work(db.transaction(table, mode).objectStore(table)));
  } finally {
    db.close();
  }
}
