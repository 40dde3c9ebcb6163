import { ModelError } from '../errors.js';
import { download } from './download.js';
import type { ReadSourceOptions } from './read-source.js';
import { readWeightCache, writeWeightCache } from './weight-cache.js';

/**
 * The bytes of an address, from this browser's cache where that may be.
 *
 * @throws ModelError naming the file, the address and what went wrong; the signal's reason
 */
export async function fetchSource(
  address: string,
  name: string,
  { signal, onProgress, cache = true }: ReadSourceOptions = {},
): Promise<Uint8Array> {
  signal?.throwIfAborted();
  const here = typeof location === 'undefined' ? undefined : location;
  const url = URL.canParse(address, here?.href) ? new URL(address, here?.href) : null;
  const keeps = cache !== false && url !== null && url.protocol.startsWith('http');
  const known = keeps && cache !== 'reload' ? await readWeightCache(url.href) : null;
  const takeKnown = (bytes: Uint8Array) => {
    onProgress?.(bytes.length, bytes.length);
    return bytes;
  };
  // to ask another server whether a file has changed takes a permission of that server
  if (known && url?.origin !== here?.origin) return takeKnown(known.bytes);
  try {
    const { bytes, ...validators } = await download(address, { name, signal, onProgress, known: known ?? undefined });
    if (!bytes) return takeKnown((known as { bytes: Uint8Array }).bytes);
    if (keeps) await writeWeightCache(url.href, { bytes, ...validators });
    return bytes;
  } catch (error) {
    const answered = error instanceof ModelError && error.cause === undefined;
    if (!known || answered || signal?.aborted) throw error;
    return takeKnown(known.bytes); // the page is offline
  }
}
