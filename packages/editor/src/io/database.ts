/** The one store of this site's editors. Null where there is no IndexedDB (private windows of some browsers). */
async function openDatabase(): Promise<IDBDatabase | null> {
  if (typeof indexedDB === 'undefined') return null;
  try {
    const request = indexedDB.open('autodrag-editor', 1);
    request.onupgradeneeded = () => request.result.createObjectStore(storeName);
    return await asked(request);
  } catch {
    return null;
  }
}

const storeName = 'editors';

/**
 * Works on the store, and closes it in any case. What is changed is there when the promise is fulfilled.
 *
 * @returns null where there is no store
 */
export async function withStore<T>(
  mode: IDBTransactionMode,
  work: (store: IDBObjectStore) => T | Promise<T>,
): Promise<T | null> {
  const database = await openDatabase();
  if (!database) return null;
  try {
    const transaction = database.transaction(storeName, mode);
    const result = await work(transaction.objectStore(storeName));
    if (mode === 'readwrite') await finished(transaction);
    return result;
  } finally {
    database.close();
  }
}

export function asked<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

function finished(transaction: IDBTransaction): Promise<void> {
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve();
    transaction.onabort = () => reject(transaction.error ?? new Error('aborted'));
    transaction.onerror = () => reject(transaction.error);
  });
}
