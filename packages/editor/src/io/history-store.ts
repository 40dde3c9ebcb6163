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
  /** @returns whether it is kept: not where the disk is full, or the browser has no place for it */
  write(history: KeptHistory): Promise<boolean>;
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
  /** Pictures that are there already, and under which key. */
  let keys = new WeakMap<Frame, string>();
  let written: Promise<boolean> = Promise.resolve(true);
  const places = { list: `list:${name}`, prefix: `frame:${name}:` };
  return {
    async read() {
      try {
        return await withStore('readonly', (store) => readFrom(store, places, keys));
      } catch (error) {
        console.warn(`autodrag: the history that was kept cannot be read: ${(error as Error).message}`);
        return null;
      }
    },
    write(history) {
      const write = async () => {
        try {
          return (await withStore('readwrite', (store) => writeInto(store, history, places, keys))) !== null;
        } catch (error) {
          keys = new WeakMap(); // what of it was written is not known
          console.warn(`autodrag: the history is not kept: ${(error as Error)?.message}`);
          return false;
        }
      };
      written = written.then(write);
      return written;
    },
    async clear() {
      keys = new WeakMap();
      try {
        await withStore('readwrite', (store) => {
          store.delete(places.list);
          store.delete(framesIn(places));
        });
      } catch (error) {
        console.warn(`autodrag: the history that was kept cannot be deleted: ${(error as Error)?.message}`);
      }
    },
  };
}

/** `crypto.randomUUID` is there only where the connection is a safe one. */
function newName(): string {
  return Array.from(crypto.getRandomValues(new Uint32Array(4)), (part) => part.toString(36)).join('-');
}

/** Under which keys of the store a history lies. */
type Places = { readonly list: string; readonly prefix: string };

const framesIn = ({ prefix }: Places) => IDBKeyRange.bound(prefix, `${prefix}\uffff`);

async function writeInto(
  store: IDBObjectStore,
  { model, document, past, future }: KeptHistory,
  places: Places,
  keys: WeakMap<Frame, string>,
): Promise<void> {
  // another tab with this history may have put away what it does not use
  const there = new Set((await asked(store.getAllKeys(framesIn(places)))).map(String));
  const used = new Set<string>();
  const keep = ({ frame, ...rest }: EditorDocument): KeptDocument => {
    const key = keys.get(frame) ?? places.prefix + newName();
    keys.set(frame, key);
    if (!there.has(key) && !used.has(key)) store.put(frame, key);
    used.add(key);
    return { ...rest, frame: key };
  };
  const kept: Kept = { model, document: keep(document), past: past.map(keep), future: future.map(keep) };
  store.put(kept, places.list);
  for (const key of there) if (!used.has(key)) store.delete(key);
}

async function readFrom(
  store: IDBObjectStore,
  { list }: Places,
  keys: WeakMap<Frame, string>,
): Promise<KeptHistory | null> {
  const kept = (await asked(store.get(list))) as Kept | undefined;
  if (!kept) return null;
  const frames = new Map<string, Frame>();
  const restore = async ({ frame: key, ...rest }: KeptDocument): Promise<EditorDocument> => {
    const frame = frames.get(key) ?? ((await asked(store.get(key))) as Frame | undefined);
    if (!frame) throw new Error(`the picture ${key} is not there`);
    frames.set(key, frame);
    keys.set(frame, key);
    return { ...rest, frame };
  };
  const restoreAll = async (documents: readonly KeptDocument[]) => {
    const restored = [];
    for (const one of documents) restored.push(await restore(one));
    return restored;
  };
  return {
    model: kept.model,
    document: await restore(kept.document),
    past: await restoreAll(kept.past),
    future: await restoreAll(kept.future),
  };
}
