import { ModelError } from '../errors.js';
import { fetchSource } from './fetch-source.js';

/**
 * Where weights come from: their bytes, a `File` or `Blob`, or an address to fetch. A file's path only with
 * `loadAutodrag` of the package `autodrag`, in Node.
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
  const isAddress = source instanceof URL || typeof source === 'string';
  if (isAddress && !String(source).startsWith('file:')) return fetchSource(String(source), name, options);
  const bytes = await readAtOnce(source, name);
  options.signal?.throwIfAborted();
  options.onProgress?.(bytes.length, bytes.length);
  return bytes;
}

async function readAtOnce(source: WeightSource, name: string): Promise<Uint8Array> {
  if (source instanceof Uint8Array) return source;
  if (source instanceof ArrayBuffer) return new Uint8Array(source);
  if (typeof Blob !== 'undefined' && source instanceof Blob) return new Uint8Array(await source.arrayBuffer());
  if (!(source instanceof URL) && typeof source !== 'string') {
    throw new ModelError(`loadAutodrag: ${name}: expected bytes, a File or an address, got ${String(source)}.`);
  }
  return readFileUrl(String(source), name);
}

/**
 * `fetch` of Node reads no files. The name of the module is a variable, so that bundlers for the browser leave it
 * alone.
 */
async function readFileUrl(address: string, name: string): Promise<Uint8Array> {
  const fs = 'node:fs/promises';
  try {
    const { readFile } = (await import(/* @vite-ignore */ fs)) as { readFile(url: URL): Promise<Uint8Array> };
    return new Uint8Array(await readFile(new URL(address)));
  } catch (error) {
    throw new ModelError(
      `loadAutodrag: ${name}: '${address}' cannot be read: ${(error as Error).message}. Check the path.`,
      { cause: error },
    );
  }
}
