// Keeps the page for the next visit without a connection: its files are taken from the network first where that is
// fast, and from here where it is not there. Weights are not kept here: loadAutodrag keeps them itself, by their
// content.
const name = 'autodrag-page';

self.addEventListener('install', (event) => {
  event.waitUntil(
    (async () => {
      const { files } = await (await fetch('./files.json', { cache: 'no-cache' })).json();
      await (await caches.open(name)).addAll(['./', ...files]);
      await self.skipWaiting();
    })(),
  );
});

self.addEventListener('activate', (event) => event.waitUntil(self.clients.claim()));

self.addEventListener('fetch', (event) => {
  const { request } = event;
  const address = new URL(request.url);
  if (request.method !== 'GET' || address.origin !== location.origin || address.pathname.endsWith('.safetensors'))
    return;
  event.respondWith(answer(request));
});

async function answer(request) {
  const cache = await caches.open(name);
  const kept = await cache.match(request, { ignoreSearch: true });
  if (kept && request.mode !== 'navigate') return kept; // its name holds its content
  try {
    const fresh = await fetch(request);
    if (fresh.ok) await cache.put(request, fresh.clone());
    return fresh;
  } catch (error) {
    if (kept) return kept;
    throw error;
  }
}
