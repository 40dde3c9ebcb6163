import { ModelError } from '../errors.js';

/** Where weights come from: their bytes, a `File` or `Blob`, or an address to fetch. A file's path only with `loadAutodrag` of the package `autodrag`, in Node. */
export type WeightSource = Uint8Array | ArrayBuffer | Blob | URL | string;

/**
 * The bytes of a weight file.
 *
 * @param name what the messages call it
 * @throws ModelError naming the address and what went wrong
 */
export async function readSource(
  source: WeightSource,
  name: string,
  { signal }: { signal?: AbortSignal } = {},
): Promise<Uint8Array> {
  if (source instanceof Uint8Array) return source;
  if (source instanceof ArrayBuffer) return new Uint8Array(source);
  if (typeof Blob !== 'undefined' && source instanceof Blob) return new Uint8Array(await source.arrayBuffer());
  if (!(source instanceof URL) && typeof source !== 'string') {
    throw new ModelError(`loadAutodrag: ${name}: expected bytes, a File or an address, got ${String(source)}.`);
  }
  const address = String(source);
  if (address.startsWith('file:')) return readFileUrl(address, name);
  let response: Response;
  try {
    response = await fetch(address, { signal });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new ModelError(
      `loadAutodrag: ${name}: '${address}' cannot be fetched: ${(error as Error).message}. Check the address; in Node, import loadAutodrag from 'autodrag' to give a path.`,
      { cause: error },
    );
  }
  if (!response.ok) {
    throw new ModelError(
      `loadAutodrag: ${name}: '${address}' answers ${response.status} ${response.statusText}. Check the address.`,
    );
  }
  if (response.headers.get('content-type')?.startsWith('text/html')) {
    throw new ModelError(
      `loadAutodrag: ${name}: '${address}' answers with a web page, not with weights. Check that the file is served there.`,
    );
  }
  return new Uint8Array(await response.arrayBuffer());
}

/** `fetch` of Node reads no files. The name of the module is a variable, so that bundlers for the browser leave it alone. */
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
