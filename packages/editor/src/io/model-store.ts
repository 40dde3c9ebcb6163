import type { ModelSource } from '../session/editor-session.js';
import { asked, editorStore, finished, openDatabase } from './database.js';

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
    const database = await openDatabase();
    if (!database) return false;
    try {
      const store = editorStore(database, 'readwrite');
      work(store);
      await finished(store.transaction);
      return true;
    } catch (error) {
      console.warn(`autodrag: the model is not kept: ${(error as Error)?.message}`);
      return false;
    } finally {
      database.close();
    }
  };
  return {
    async read() {
      const database = await openDatabase();
      if (!database) return null;
      try {
        return ((await asked(editorStore(database).get(key))) as ModelSource | undefined) ?? null;
      } catch (error) {
        console.warn(`autodrag: the model that was kept cannot be read: ${(error as Error)?.message}`);
        return null;
      } finally {
        database.close();
      }
    },
    write: (model) => change((store) => store.put(model, key)),
    async clear() {
      await change((store) => store.delete(key));
    },
  };
}
