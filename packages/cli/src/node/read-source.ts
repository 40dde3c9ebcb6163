import { fileURLToPath } from 'node:url';
import { type ReadSourceOptions, readSource as readElsewhere, type WeightSource } from '@autodrag/autodrag';
import { FileError } from './errors.js';
import { readWholeFile } from './read-file.js';

/**
 * `readSource` of '@autodrag/autodrag', where a text that is no address is the path of a file, and `file:` addresses
 * are read, too.
 *
 * @throws FileError naming the path; ModelError naming the address and what went wrong
 */
export async function readSource(
  source: WeightSource,
  name: string,
  options: ReadSourceOptions = {},
): Promise<Uint8Array> {
  const path = pathOf(source);
  if (path === null) return readElsewhere(source, name, options);
  const bytes = await readWholeFile(path);
  options.signal?.throwIfAborted();
  options.onProgress?.(bytes.length, bytes.length);
  return bytes;
}

function pathOf(source: WeightSource): string | null {
  if (!(source instanceof URL) && typeof source !== 'string') return null;
  const text = String(source);
  if (/^file:/i.test(text)) return pathOfAddress(text);
  return source instanceof URL || /^[a-z][a-z0-9+.-]+:/i.test(text) ? null : text;
}

function pathOfAddress(address: string): string {
  try {
    return fileURLToPath(address);
  } catch (error) {
    throw new FileError(`read: '${address}' is the address of no file here: ${(error as Error).message}.`, {
      cause: error,
    });
  }
}
