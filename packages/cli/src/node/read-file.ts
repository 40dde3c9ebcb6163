import { readFile, stat } from 'node:fs/promises';
import { FileError } from './errors.js';
import { reason } from './file-reason.js';

/**
 * Reads a whole file.
 *
 * @throws FileError naming the path and the way out
 */
export async function readWholeFile(path: string): Promise<Uint8Array> {
  try {
    // /dev/zero and its like have no end.
    const found = await stat(path);
    if (found.isCharacterDevice() || found.isBlockDevice()) throw new Error('it is a device');
    const buffer = await readFile(path);
    return new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength);
  } catch (error) {
    throw new FileError(`read: '${path}' cannot be read: ${reason(error)}. Check the path.`, { cause: error });
  }
}
