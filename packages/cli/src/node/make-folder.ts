import { mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';

/**
 * Makes a folder and its parents where they are not there. Not by `mkdir` with `recursive`: where the system refuses a
 * folder with "no such file" although its parent exists, as in /proc, that tries for ever.
 *
 * @returns the folders that it made, innermost first
 */
export async function makeFolder(folder: string): Promise<string[]> {
  const missing: string[] = [];
  for (let at = folder; ; at = dirname(at)) {
    const found = await stat(at).catch((error: unknown) => {
      if ((error as { code?: string }).code === 'ENOENT' && dirname(at) !== at) return null;
      throw error;
    });
    if (found && !found.isDirectory()) throw Object.assign(new Error(`'${at}' is a file`), { code: 'ENOTDIR' });
    if (found) break;
    missing.unshift(at);
  }
  for (const each of missing) {
    await mkdir(each).catch((error: unknown) => {
      const { code } = error as { code?: string };
      if (code === 'ENOENT') throw new Error('the system allows no folder there', { cause: error });
      if (code !== 'EEXIST') throw error; // somebody else was faster
    });
  }
  return missing.reverse();
}
