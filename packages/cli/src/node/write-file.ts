import { access, constants, open, realpath, rename, rm, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { FileError } from './errors.js';
import { reason, writingWayOut } from './file-reason.js';
import { makeFolder } from './make-folder.js';
import { temporaryName } from './temporary-files.js';

/**
 * Writes a whole file or none: into a temporary file beside the target, flushed, then renamed over it. Where the path
 * is a link, the file that it leads to is replaced.
 *
 * @throws FileError naming the path and the way out
 */
export async function writeFileWhole(path: string, content: Uint8Array | string): Promise<void> {
  let temporary: string | null = null;
  try {
    const target = await realpath(path).catch(() => resolve(path));
    await refuseSpecial(target);
    temporary = temporaryName(target);
    const file = await open(temporary, 'wx');
    try {
      await file.writeFile(content);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, target);
  } catch (error) {
    if (temporary !== null) await rm(temporary, { force: true }).catch(() => {});
    throw new FileError(`write: '${path}' cannot be written: ${reason(error)}. ${writingWayOut(error)}`, {
      cause: error,
    });
  }
}

/** A device or a pipe would be replaced by a file, or wait for ever. */
async function refuseSpecial(target: string): Promise<void> {
  const found = await stat(target).catch(() => null);
  if (!found || found.isFile()) return;
  if (found.isDirectory()) throw Object.assign(new Error('it is a folder'), { code: 'EISDIR' });
  throw new Error('it is a device or a pipe, not a file');
}

/**
 * Makes a folder (and its parents) if it is not there, and checks that files can be made in it: before the work, not
 * after it.
 *
 * @throws FileError naming the path and the way out
 */
export async function prepareFolder(path: string): Promise<string> {
  const folder = resolve(path);
  try {
    await makeFolder(folder);
    await access(folder, constants.W_OK | constants.X_OK);
  } catch (error) {
    throw new FileError(
      `output: the folder '${path}' cannot be written: ${reason(error)}. Choose another with --out, or change its permissions.`,
      { cause: error },
    );
  }
  return folder;
}
