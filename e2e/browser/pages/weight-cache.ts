import { clearWeightCache, type LoadAutodragOptions, type LoadProgress, loadAutodrag } from '@autodrag/autodrag';

type Fetch = typeof fetch;
const real: Fetch = fetch.bind(globalThis);
let asked = 0;
let unchanged = 0;
let offline = false;

/** The server of the tests knows no ETag: this one does, by the address. */
globalThis.fetch = async (input, init) => {
  if (!String(input).endsWith('.safetensors')) return real(input, init);
  if (offline) throw new TypeError('Failed to fetch');
  asked++;
  const etag = `"${String(input).length}"`;
  if (new Headers(init?.headers).get('if-none-match') === etag) {
    unchanged++;
    return new Response(null, { status: 304, headers: { etag } });
  }
  const { body, headers, status } = await real(input);
  return new Response(body, { status, headers: { ...Object.fromEntries(headers), etag } });
};

async function load(options: LoadAutodragOptions = {}) {
  asked = 0;
  unchanged = 0;
  const progress = new Map<string, LoadProgress>();
  const autodrag = await loadAutodrag({ ...options, onProgress: (now) => progress.set(now.file, now) });
  const { width } = autodrag;
  autodrag.dispose();
  return {
    width,
    whole: [...progress.values()].every((now) => now.loadedBytes === now.totalBytes) && progress.size === 3,
  };
}

export async function run() {
  const { whole, width: online } = await load();
  const first = { asked, whole };
  await load();
  const second = { asked, unchanged };

  const cache = await caches.open('autodrag-weights-1');
  const content = (await cache.keys()).find(({ url }) => url.includes('/sha256/')) as Request;
  await cache.put(content, new Response('damaged'));
  await load();
  const damaged = { asked, unchanged };

  offline = true;
  const { width } = await load();
  offline = false;
  await load({ cache: 'reload' });
  const reload = asked - unchanged;
  const cleared = [await clearWeightCache(), await clearWeightCache()];
  await load({ cache: false });
  const without = asked + (await caches.keys()).length;

  offline = true;
  const lost = await loadAutodrag({ predictor: new URL('/predictor.safetensors', location.href) }).then(
    () => 'nothing',
    (error: Error) => error.message,
  );
  return { first, second, damaged, offline: width === online, reload, without, cleared, lost };
}
