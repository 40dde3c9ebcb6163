import type { ModelSource } from '../session/editor-session.js';
import { asked, withStore } from './database.js';

export type ModelStore = {
  read(): Promise<ModelSource | null>;
  /** @returns false where it could not be kept: the disk is full, or the browser forbids it */
  write(model: ModelSource): Promise<boolean>;
  clear(): Promise<void>;
};

/**
 * The model that a user has opened, in IndexedDB: its files as they are. None is kept for the avatars, which come with
 * the page.
 *
 * @param name one for each editor of a site
 */
export function createModelStore(name: string): ModelStore {
  const key = `model:${name}`;
  const change = async (work: (store: IDBObjectStore) => void): Promise<boolean> => {
    try {
      const done = await withStore('readwrite', (store) => {
        work(store);
        return true;
      });
      return done ?? false;
    } catch (error) {
      console.warn(`autodrag: the model is not kept: ${(error as Error)?.message}`);
      return false;
    }
  };
  return {
    async read() {
      try {
        const kept = await withStore('readonly', (store) => asked<ModelSource | undefined>(store.get(key)));
        return kept ?? null;
      } catch (error) {
        console.warn(`autodrag: the model that was kept cannot be read: ${(error as Error)?.message}`);
        return null;
      }
    },
    write: (model) => change((store) => void store.put(model, key)),
    async clear() {
      await change((store) => void store.delete(key));
    },
  };
}
