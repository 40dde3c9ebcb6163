import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { CheckpointStore, StoreLock } from '@autodrag/nn/training';
import { FileError } from './errors.js';
import { reason } from './file-reason.js';
import { lockFolder } from './folder-lock.js';
import { removeLeftovers } from './temporary-files.js';
import { writeFileWhole } from './write-file.js';

/** A checkpoint store in a folder. */
export type FileStore = CheckpointStore & {
  /** May be taken several times by whoever has this very object: by a command, and by the training that it runs. */
  lock(): Promise<StoreLock>;
};

/**
 * The files of a training in a folder, each replaced as a whole. The folder has to be there. Whoever takes its lock
 * also clears away the temporary files that killed processes have left.
 */
export function createFileStore(folder: string): FileStore {
  let lock: Promise<StoreLock> | null = null;
  let users = 0;
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
    async lock() {
      users += 1;
      lock ??= lockFolder(folder).then(async (taken) => {
        await removeLeftovers(folder);
        return taken;
      });
      const shared = lock;
      const leave = () => {
        users -= 1;
        if (users === 0) lock = null;
      };
      const { verify, release } = await shared.catch((error: unknown) => {
        leave();
        throw error;
      });
      return {
        verify,
        async release() {
          leave();
          if (lock !== shared) await release();
        },
      };
    },
  };
}
