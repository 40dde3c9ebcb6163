import { CheckpointError } from './checkpoint-error.js';

/** Where converted checkpoints are kept, so that a network is fetched and converted once. */
export type CheckpointCache = {
  get(key: string): Promise<Uint8Array | null>;
  put(key: string, bytes: Uint8Array): Promise<void>;
  delete(key: string): Promise<void>;
  /** The keys that are held. */
  keys(): Promise<string[]>;
};

export type IndexedDbCacheOptions = {
  /** Name of the database. @default 'autodrag' */
  name?: string;
  /** @default the browser's */
  factory?: IDBFactory;
};

const STORE = 'checkpoints';

/**
 * A cache in the browser's IndexedDB. The browser may refuse to store much: then `put` throws, and nothing is lost but
 * time.
 *
 * @throws CheckpointError `CHECKPOINT_SOURCE` where there is no IndexedDB, and from its methods where it fails
 */
export function createIndexedDbCache({
  name = 'autodrag',
  factory = globalThis.indexedDB,
}: IndexedDbCacheOptions = {}): CheckpointCache {
  if (factory === undefined) {
    throw new CheckpointError('CHECKPOINT_SOURCE', 'createIndexedDbCache needs IndexedDB', {
      found: 'none',
      wayOut: 'Outside browsers keep the bytes of saveStyleGan2 in a file.',
    });
  }
  const run = async <T>(mode: IDBTransactionMode, work: (store: IDBObjectStore) => IDBRequest<T>): Promise<T> => {
    try {
      const database = await openDatabase(factory, name);
      try {
        const transaction = database.transaction(STORE, mode);
        const request = work(transaction.objectStore(STORE));
        await finished(transaction);
        return request.result;
      } finally {
        database.close();
      }
    } catch (error) {
      throw new CheckpointError('CHECKPOINT_SOURCE', `the cache '${name}' in IndexedDB failed`, {
        found: String((error as Error | null)?.message ?? error),
        cause: error,
        wayOut: 'Free some storage for this site, or go on without a cache.',
      });
    }
  };
  return {
    async get(key) {
      const value: unknown = await run('readonly', (store) => store.get(key));
      return value instanceof Uint8Array ? value : null;
    },
    async put(key, bytes) {
      await run('readwrite', (store) => store.put(bytes, key));
    },
    async delete(key) {
      await run('readwrite', (store) => store.delete(key));
    },
    async keys() {
      return (await run('readonly', (store) => store.getAllKeys())).map(String);
    },
  };
}

function openDatabase(factory: IDBFactory, name: string): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const request = factory.open(name, 1);
    request.onupgradeneeded = () => request.result.createObjectStore(STORE);
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
    request.onblocked = () => reject(new Error('another page holds an older version of the database'));
  });
}

function finished(transaction: IDBTransaction): Promise<void> {
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve();
    transaction.onerror = () => reject(transaction.error);
    transaction.onabort = () => reject(transaction.error);
  });
}
