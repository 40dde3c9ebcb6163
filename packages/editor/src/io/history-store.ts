import type { EditorDocument, Frame } from '../state/document.js';
import { asked, withStore } from './database.js';

/** Where an editor stands, to be taken up again after a reload or a crash. */
export type KeptHistory = {
  /** Of which model. */
  readonly model: string;
  readonly document: EditorDocument;
  readonly past: readonly EditorDocument[];
  readonly future: readonly EditorDocument[];
};

export type HistoryStore = {
  read(): Promise<KeptHistory | null>;
  write(history: KeptHistory): Promise<void>;
  clear(): Promise<void>;
};

type KeptDocument = Omit<EditorDocument, 'frame'> & { frame: string };
type Kept = { model: string; document: KeptDocument; past: KeptDocument[]; future: KeptDocument[] };

/**
 * A history in IndexedDB. Each picture is written once, and the list of steps each time. Where there is no IndexedDB
 * (private windows of some browsers), nothing is kept, and nothing fails.
 *
 * @param name one for each editor of a site
 */
export function createHistoryStore(name: string): HistoryStore {
  let frameIds = new WeakMap<Frame, string>();
  let written: Promise<unknown> = Promise.resolve();
  const listKey = `list:${name}`;
  const prefix = `frame:${name}:`;

  const writeInto = async (store: IDBObjectStore, { model, document, past, future }: KeptHistory): Promise<void> => {
    const used = new Set<string>();
    const keep = ({ frame, ...rest }: EditorDocument): KeptDocument => {
      let id = frameIds.get(frame);
      if (!id) {
        id = prefix + crypto.randomUUID();
        frameIds.set(frame, id);
        store.put(frame, id);
      }
      used.add(id);
      return { ...rest, frame: id };
    };
    const kept: Kept = { model, document: keep(document), past: past.map(keep), future: future.map(keep) };
    store.put(kept, listKey);
    const keys = await asked(store.getAllKeys(IDBKeyRange.bound(prefix, `${prefix}\uffff`)));
    for (const key of keys) if (!used.has(String(key))) store.delete(key);
  };

  /** The list, and the pictures that it names. */
  const readFrom = async (store: IDBObjectStore): Promise<{ kept: Kept; frames: Map<string, Frame> } | null> => {
    const kept = (await asked(store.get(listKey))) as Kept | undefined;
    if (!kept) return null;
    const frames = new Map<string, Frame>();
    for (const { frame } of [kept.document, ...kept.past, ...kept.future]) {
      if (!frames.has(frame)) frames.set(frame, (await asked(store.get(frame))) as Frame);
    }
    return { kept, frames };
  };

  return {
    async read() {
      try {
        const read = await withStore('readonly', readFrom);
        if (!read) return null;
        const { kept, frames } = read;
        const restore = ({ frame: id, ...rest }: KeptDocument): EditorDocument => {
          const frame = frames.get(id);
          if (!frame) throw new Error(`the picture ${id} is not there`);
          frameIds.set(frame, id);
          return { ...rest, frame };
        };
        return {
          model: kept.model,
          document: restore(kept.document),
          past: kept.past.map(restore),
          future: kept.future.map(restore),
        };
      } catch (error) {
        console.warn(`autodrag: the history that was kept cannot be read: ${(error as Error).message}`);
        return null;
      }
    },
    write(history) {
      written = written
        .then(() => withStore('readwrite', (store) => writeInto(store, history)))
        .catch((error: Error) => {
          frameIds = new WeakMap(); // what of it was written is not known
          console.warn(`autodrag: the history is not kept: ${error.message}`);
        });
      return written as Promise<void>;
    },
    async clear() {
      await withStore('readwrite', (store) => {
        frameIds = new WeakMap();
        store.delete(listKey);
        store.delete(IDBKeyRange.bound(prefix, `${prefix}\uffff`));
      });
    },
  };
}
