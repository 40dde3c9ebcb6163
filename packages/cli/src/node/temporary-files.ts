import { randomBytes } from 'node:crypto';
import { readdir, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { isRunning } from './process-identity.js';

/** A name beside `path` that nobody else uses, and that tells which process made it. */
export function temporaryName(path: string): string {
  return join(dirname(path), `.${basename(path)}.${process.pid}-${randomBytes(6).toString('hex')}.tmp`);
}

const pattern = /^\..+\.(\d+)-[0-9a-f]{12}\.tmp$/;

/**
 * Removes the temporary files that killed processes left in a folder: only those with names of `temporaryName`, and
 * none of a process that runs.
 */
export async function removeLeftovers(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    const pid = Number(pattern.exec(name)?.[1]);
    // With our own number it is of an earlier process that had it: we have none here yet.
    if (!Number.isInteger(pid) || (pid !== process.pid && (await isRunning(pid)))) continue;
    await rm(join(folder, name), { force: true });
  }
}
