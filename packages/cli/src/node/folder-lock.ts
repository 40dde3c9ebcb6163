import { randomUUID } from 'node:crypto';
import { link, open, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { type StoreLock, StoreLockedError } from '@autodrag/nn/training';
import { FileError } from './errors.js';
import { reason, writingWayOut } from './file-reason.js';
import { isAlive, ownIdentity, type ProcessIdentity } from './process-identity.js';
import { temporaryName } from './temporary-files.js';

type Holder = ProcessIdentity & { readonly token: string; readonly command: string; readonly since: string };

/** Tokens of the locks that this very process holds. */
const held = new Set<string>();

/**
 * Locks a folder for one training, by a file `training.lock` in it that says who has it. The lock of a process that is
 * gone is taken over.
 *
 * @throws StoreLockedError that names the other process
 * @throws FileError if the file cannot be written
 */
export async function lockFolder(folder: string): Promise<StoreLock> {
  const path = join(folder, 'training.lock');
  const own: Holder = {
    ...(await ownIdentity()),
    token: randomUUID(),
    command: [basename(process.argv[1] ?? 'node'), ...process.argv.slice(2)].join(' ').slice(0, 300),
    since: new Date().toISOString(),
  };
  const text = `${JSON.stringify(own)}\n`;
  // Each turn somebody else was faster: taken over, released, or gone while we looked.
  for (let turn = 0; turn < 10; turn++) {
    if (await createWhole(path, text)) {
      held.add(own.token);
      return handle(folder, path, own.token);
    }
    const there = await readText(path);
    if (there === null) continue;
    const holder = parseHolder(there);
    if (holder && (await isHeld(holder))) throw locked(folder, holder);
    await removeStale(path, there);
  }
  throw new StoreLockedError(`training: the lock of '${folder}' is contended. Try again in a moment.`);
}

function handle(folder: string, path: string, token: string): StoreLock {
  const holderNow = async () => parseHolder((await readText(path)) ?? '');
  return {
    async verify() {
      const holder = await holderNow();
      if (holder?.token === token) return;
      if (holder) throw locked(folder, holder);
      throw new StoreLockedError(`training: '${path}' has been removed, so another training may use the folder.`);
    },
    async release() {
      held.delete(token);
      if ((await holderNow())?.token === token) await rm(path, { force: true });
    },
  };
}

async function isHeld(holder: Holder): Promise<boolean> {
  const { pid, started } = await ownIdentity();
  if (holder.pid === pid && holder.started === started) return held.has(holder.token);
  return isAlive(holder);
}

function locked(folder: string, { pid, host, command, since }: Holder): StoreLockedError {
  return new StoreLockedError(
    `training: '${folder}' is in use by process ${pid} on ${host} ('${command}', since ${since}). ` +
      'Wait for its end, stop it, or choose another folder.',
  );
}

/** A file with all of its text from the first moment on; false if there is one already. */
async function createWhole(path: string, text: string): Promise<boolean> {
  const temporary = temporaryName(path);
  try {
    await writeFile(temporary, text, { flag: 'wx' });
    try {
      await link(temporary, path);
    } catch (error) {
      if (['EEXIST', 'ENOENT'].includes((error as { code: string }).code)) throw error;
      // A file system without hard links: there it can be seen empty for a moment.
      const file = await open(path, 'wx');
      await file.writeFile(text).finally(() => file.close());
    }
    return true;
  } catch (error) {
    if ((error as { code?: string }).code === 'EEXIST') return false;
    throw new FileError(`training: '${path}' cannot be written: ${reason(error)}. ${writingWayOut(error)}`, {
      cause: error,
    });
  } finally {
    await rm(temporary, { force: true });
  }
}

/**
 * Takes the file away if it still holds `text`. One at a time, by a second file: without it, one who read the old text
 * could take away what another has put there since.
 */
async function removeStale(path: string, text: string): Promise<void> {
  const guard = `${path}.takeover`;
  try {
    await writeFile(guard, '', { flag: 'wx' });
  } catch (error) {
    if ((error as { code?: string }).code !== 'EEXIST') {
      throw new FileError(`training: '${path}' cannot be taken over: ${reason(error)}. Remove it by hand.`, {
        cause: error,
      });
    }
    await waitForGuard(guard);
    return;
  }
  try {
    if ((await readText(path)) === text) await rm(path, { force: true });
  } finally {
    await rm(guard, { force: true });
  }
}

/** A guard is held for a few milliseconds; one that is much older was left by a process that was killed just then. */
async function waitForGuard(guard: string): Promise<void> {
  const there = await stat(guard).catch(() => null);
  if (there && Date.now() - there.mtimeMs > 10_000) await rm(guard, { force: true });
  else await setTimeout(20);
}

async function readText(path: string): Promise<string | null> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if ((error as { code?: string }).code === 'ENOENT') return null;
    throw new FileError(`training: '${path}' cannot be read: ${reason(error)}. Remove it if no training runs.`, {
      cause: error,
    });
  }
}

/** Null for what is no lock of ours: half-written by a process that was killed, or damaged. */
function parseHolder(text: string): Holder | null {
  try {
    const holder = JSON.parse(text) as Holder;
    return Number.isSafeInteger(holder.pid) && holder.pid > 0 && typeof holder.host === 'string' ? holder : null;
  } catch {
    return null;
  }
}
