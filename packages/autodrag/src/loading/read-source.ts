import { ModelError } from '../errors.js';
import { fetchSource } from './fetch-source.js';

/**
 * Where weights come from: their bytes, a `File` or `Blob`, or an address to fetch. Paths, and `file:` addresses in
 * Node, only with `loadAutodrag` of the package `autodrag`.
 */
export type WeightSource = Uint8Array | ArrayBuffer | Blob | URL | string;

export type ReadSourceOptions = {
  signal?: AbortSignal;
  /** Called with the bytes so far and those of the whole file, where the server says how many. */
  onProgress?: (loadedBytes: number, totalBytes: number | null) => void;
  /**
   * Keep what was fetched in the browser (Cache API), and take it from there: a file of the page's own server if that
   * says that it has not changed, or does not answer; one of another server always. 'reload' fetches anew and keeps
   * that.
   *
   * @default true
   */
  cache?: boolean | 'reload';
};

/**
 * The bytes of a weight file.
 *
 * @param name what the messages call it
 * @throws ModelError naming the address and what went wrong
 */
export async function readSource(
  source: WeightSource,
  name: string,
  options: ReadSourceOptions = {},
): Promise<Uint8Array> {
  if (source instanceof URL || typeof source === 'string') return fetchSource(String(source), name, options);
  const bytes = await bytesOf(source, name);
  options.signal?.throwIfAborted();
  options.onProgress?.(bytes.length, bytes.length);
  return bytes;
}

async function bytesOf(source: Uint8Array | ArrayBuffer | Blob, name: string): Promise<Uint8Array> {
  if (source instanceof Uint8Array) return source;
  if (source instanceof ArrayBuffer) return new Uint8Array(source);
  if (typeof Blob !== 'undefined' && source instanceof Blob) return new Uint8Array(await source.arrayBuffer());
  throw new ModelError(`loadAutodrag: ${name}: expected bytes, a File or an address, got ${String(source)}.`);
}
