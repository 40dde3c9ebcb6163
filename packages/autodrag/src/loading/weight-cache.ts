import type { Validators } from './download.js';

/** A copy of a file that was downloaded before. */
export type CachedFile = Validators & { readonly bytes: Uint8Array };

const cacheName = 'autodrag-weights-1';
/** Keys of the Cache API have to be addresses; nothing is ever asked there. */
const keys = 'https://weights.autodrag.invalid/';
const indexKey = (address: string) => `${keys}address?${encodeURIComponent(address)}`;
const contentKey = (sha256: string) => `${keys}sha256/${sha256}`;

/**
 * What was kept of an address, or null. Files are kept by the SHA-256 of their content, so that two addresses of the
 * same file share one copy, and one that was damaged on the disk is noticed and thrown away.
 */
export async function readWeightCache(address: string): Promise<CachedFile | null> {
  const cache = await open();
  const entry = await cache?.match(indexKey(address));
  if (!cache || !entry) return null;
  const { sha256, etag, lastModified } = (await entry.json()) as { sha256: string } & Validators;
  const content = await cache.match(contentKey(sha256));
  const bytes = content && new Uint8Array(await content.arrayBuffer());
  if (bytes && (await hash(bytes)) === sha256) return { bytes, etag, lastModified };
  await Promise.all([cache.delete(contentKey(sha256)), cache.delete(indexKey(address))]);
  return null;
}

/** Keeps a file. Where there is no room, or no Cache API (Node, pages that are not secure), nothing happens. */
export async function writeWeightCache(address: string, { bytes, etag, lastModified }: CachedFile): Promise<void> {
  const cache = await open();
  if (!cache) return;
  try {
    const sha256 = await hash(bytes);
    if (!(await cache.match(contentKey(sha256)))) {
      await cache.put(contentKey(sha256), new Response(new Blob([bytes as Uint8Array<ArrayBuffer>])));
    }
    await cache.put(indexKey(address), Response.json({ sha256, etag, lastModified }));
  } catch {
    // the disk is full, or the browser forbids it: the next visit downloads again
  }
}

/** Deletes every weight file that `loadAutodrag` has kept in this browser. @returns whether there was any */
export async function clearWeightCache(): Promise<boolean> {
  return typeof caches === 'undefined' ? false : caches.delete(cacheName);
}

async function open(): Promise<Cache | null> {
  if (typeof caches === 'undefined' || typeof crypto === 'undefined' || !crypto.subtle) return null;
  return caches.open(cacheName).catch(() => null);
}

async function hash(bytes: Uint8Array): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', bytes as Uint8Array<ArrayBuffer>);
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
