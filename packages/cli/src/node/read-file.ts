import { readFile } from 'node:fs/promises';
import { FileError } from './errors.js';
import { reason } from './write-file.js';

/**
 * Reads a whole file.
 *
 * @throws FileError naming the path and the way out
 */
export async function readWholeFile(path: string): Promise<Uint8Array> {
  try {
    const buffer = await readFile(path);
    return new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength);
  } catch (error) {
    throw new FileError(`read: '${path}' cannot be read: ${reason(error)}. Check the path.`, { cause: error });
  }
}
