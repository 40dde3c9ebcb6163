/** The one store of this site's editors. Null where there is no IndexedDB (private windows of some browsers). */
export async function openDatabase(): Promise<IDBDatabase | null> {
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

export function editorStore(database: IDBDatabase, mode: IDBTransactionMode = 'readonly'): IDBObjectStore {
  return database.transaction(storeName, mode).objectStore(storeName);
}

export function asked<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

export function finished(transaction: IDBTransaction): Promise<void> {
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve();
    transaction.onabort = () => reject(transaction.error ?? new Error('aborted'));
    transaction.onerror = () => reject(transaction.error);
  });
}
