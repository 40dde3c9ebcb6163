import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { CheckpointStore } from '@autodrag/nn/training';
import { FileError } from './errors.js';
import { reason, writeFileWhole } from './write-file.js';

/** The files of a training in a folder, each replaced as a whole. The folder has to be there. */
export function createFileStore(folder: string): CheckpointStore {
  return {
    async read(name) {
      try {
        const buffer = await readFile(join(folder, name));
        return new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength);
      } catch (error) {
        if ((error as { code?: string }).code === 'ENOENT') return null;
        throw new FileError(`resume: '${join(folder, name)}' cannot be read: ${reason(error)}. Check the folder.`, {
          cause: error,
        });
      }
    },
    write: (name, bytes) => writeFileWhole(join(folder, name), bytes),
  };
}
