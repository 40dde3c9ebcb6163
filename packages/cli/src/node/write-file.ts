import { randomBytes } from 'node:crypto';
import { access, constants, mkdir, open, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { FileError } from './errors.js';

/**
 * Writes a whole file or none: into a temporary file beside the target, flushed, then renamed over it.
 *
 * @throws FileError naming the path and the way out
 */
export async function writeFileWhole(path: string, content: Uint8Array | string): Promise<void> {
  const target = resolve(path);
  const temporary = join(dirname(target), `.${basename(target)}.${randomBytes(6).toString('hex')}.tmp`);
  try {
    const file = await open(temporary, 'wx');
    try {
      await file.writeFile(content);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, target);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => {});
    throw new FileError(
      `write: '${path}' cannot be written: ${reason(error)}. Choose a file in a folder that exists and that you may write to.`,
      {
        cause: error,
      },
    );
  }
}

/**
 * Makes a folder (and its parents) if it is not there, and checks that files can be made in it: before the work, not after it.
 *
 * @throws FileError naming the path and the way out
 */
export async function prepareFolder(path: string): Promise<string> {
  const folder = resolve(path);
  try {
    await mkdir(folder, { recursive: true });
    if (!(await stat(folder)).isDirectory()) throw Object.assign(new Error('it is a file'), { code: 'ENOTDIR' });
    await access(folder, constants.W_OK | constants.X_OK);
  } catch (error) {
    throw new FileError(
      `output: the folder '${path}' cannot be written: ${reason(error)}. Choose another with --out, or change its permissions.`,
      { cause: error },
    );
  }
  return folder;
}

/** What went wrong, in words that a person knows. */
export function reason(error: unknown): string {
  const code = (error as { code?: string } | null)?.code;
  const words: Record<string, string> = {
    EACCES: 'permission denied',
    EPERM: 'operation not permitted',
    EROFS: 'the file system is read-only',
    ENOENT: 'it does not exist',
    ENOTDIR: 'a file is in the way',
    EEXIST: 'a file is in the way',
    EISDIR: 'a folder is in the way',
    ENOSPC: 'the disk is full',
    EMFILE: 'too many files are open',
    ENAMETOOLONG: 'the name is too long',
  };
  return (code && words[code]) || (error instanceof Error ? error.message : String(error));
}
