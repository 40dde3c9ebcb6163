import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { EditorDocument } from '../state/document.js';
import { withStore } from './database.js';
import { createHistoryStore, type KeptHistory } from './history-store.js';

vi.mock('./database.js', () => ({ withStore: vi.fn(), asked: async (result: unknown) => result }));

/** A store that is a map: what is asked of it is there at once. */
function createStore() {
  const map = new Map<string, unknown>();
  const within = ({ from, to }: { from: string; to: string }) =>
    [...map.keys()].filter((key) => key >= from && key <= to);
  return {
    map,
    put: (value: unknown, key: string) => void map.set(key, structuredClone(value)),
    get: (key: string) => map.get(key),
    delete: (key: string | { from: string; to: string }) => {
      for (const one of typeof key === 'string' ? [key] : within(key)) map.delete(one);
    },
    getAllKeys: within,
  };
}

const documentOf = (seed: number): EditorDocument => {
  const w = Float32Array.of(seed);
  const picture = { width: 1, height: 1, data: new Uint8ClampedArray(4).fill(seed) };
  const frame = { w, picture, layers: [{ w, mask: [] }], codes: [] };
  return { origin: { seed, psi: 0.7, mix: null }, frame, points: [], anchors: [], mask: [], trace: [] };
};
const history = (...seeds: number[]): KeptHistory => {
  const [document, ...past] = seeds.map(documentOf);
  return { model: 'Avatars', document: document!, past, future: [] };
};
const full = () => {
  throw new DOMException('The disk is full.', 'QuotaExceededError');
};

let store: ReturnType<typeof createStore>;
beforeEach(() => {
  store = createStore();
  vi.stubGlobal('IDBKeyRange', { bound: (from: string, to: string) => ({ from, to }) });
  vi.stubGlobal('crypto', { getRandomValues: crypto.getRandomValues.bind(crypto) }); // as on a page without TLS
  vi.spyOn(console, 'warn').mockImplementation(() => {});
  vi.mocked(withStore).mockImplementation(async (_, work) => work(store as never));
});
afterEach(() => {
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

it('gives back what was written, to another page; each picture is there once, and none that is not used', async () => {
  const one = createHistoryStore('demo');
  const first = history(2, 1);
  expect(await one.write(first)).toBe(true);
  expect(await createHistoryStore('demo').read()).toEqual(first);
  expect(await one.write({ ...first, past: [] })).toBe(true);
  expect(store.map.size).toBe(2);
  await one.clear();
  expect(store.map.size).toBe(0);
  expect(await createHistoryStore('demo').read()).toBeNull();
});

it('two tabs with one history: each writes all of its own, whatever the other one has put away', async () => {
  const [one, other] = [createHistoryStore('demo'), createHistoryStore('demo')];
  await one.write(history(2, 1));
  const both = (await other.read()) as KeptHistory;
  const third = { ...both, document: documentOf(3), past: [...both.past, both.document] };
  await other.write(third);
  await one.write(history(4)); // the pictures of the other tab go
  const last = { ...third, document: documentOf(5), past: [...third.past, third.document] };
  expect(await other.write(last)).toBe(true);
  expect(await createHistoryStore('demo').read()).toEqual(last);
});

it('a full disk is told, and forgotten when there is room again', async () => {
  const kept = createHistoryStore('demo');
  expect(await kept.write(history(1))).toBe(true);
  const put = store.put;
  store.put = full;
  expect(await kept.write(history(2, 1))).toBe(false);
  store.put = put;
  expect(await kept.write(history(3, 2, 1))).toBe(true);
  expect((await createHistoryStore('demo').read())?.document.origin.seed).toBe(3);
});

it('where there is no store, nothing is kept, and nothing fails', async () => {
  vi.mocked(withStore).mockResolvedValue(null);
  const kept = createHistoryStore('demo');
  expect(await kept.write(history(1))).toBe(false);
  expect(await kept.read()).toBeNull();
  await kept.clear();
});

it('a history of which a picture is gone is none; what cannot be read or deleted does not fail either', async () => {
  await createHistoryStore('demo').write(history(1));
  for (const key of store.map.keys()) if (key.startsWith('frame:')) store.map.delete(key);
  expect(await createHistoryStore('demo').read()).toBeNull();
  vi.mocked(withStore).mockRejectedValue(new DOMException('broken', 'UnknownError'));
  expect(await createHistoryStore('demo').read()).toBeNull();
  await createHistoryStore('demo').clear();
});
