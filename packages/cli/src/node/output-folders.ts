import { rmdir, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { prepareFolder } from './write-file.js';

export type OutputFolders = {
  /** As `prepareFolder`. */
  prepare(path: string): Promise<string>;
  /** Removes the folders that were made and in which nothing is. */
  removeEmpty(): Promise<void>;
};

/** Folders that a command makes for its output, so that one that fails leaves none behind. */
export function createOutputFolders(): OutputFolders {
  const made: string[] = [];
  return {
    async prepare(path) {
      const missing: string[] = [];
      for (let folder = resolve(path); !(await exists(folder)); folder = dirname(folder)) missing.push(folder);
      try {
        return await prepareFolder(path);
      } finally {
        made.push(...missing.reverse());
      }
    },
    async removeEmpty() {
      // The innermost first; one that holds something stays, and so do those around it.
      for (const folder of made.reverse()) await rmdir(folder).catch(() => {});
      made.length = 0;
    },
  };
}

async function exists(path: string): Promise<boolean> {
  const found = await stat(path).catch((error: NodeJS.ErrnoException) => (error.code === 'ENOENT' ? null : 'there'));
  return found !== null;
}
