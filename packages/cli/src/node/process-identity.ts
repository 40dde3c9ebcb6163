import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { promisify } from 'node:util';

/** What tells a process from all others, also from later ones that get its number. */
export type ProcessIdentity = {
  readonly pid: number;
  readonly host: string;
  /** Of the system's start; null where it is not known. */
  readonly boot: string | null;
  /** When the process started, in whatever unit the system has; null where it is not known. */
  readonly started: string | null;
};

export async function ownIdentity(): Promise<ProcessIdentity> {
  return {
    pid: process.pid,
    host: hostname(),
    boot: await bootId(),
    started: (await processState(process.pid)).started,
  };
}

/**
 * Whether a process still runs. One of another host or from before the system's last start does not, as far as one can
 * tell from here.
 */
export async function isAlive({ pid, host, boot, started }: ProcessIdentity): Promise<boolean> {
  if (host !== hostname() || boot !== (await bootId()) || !(await isRunning(pid))) return false;
  const now = await processState(pid);
  return started === null || now.started === null || started === now.started;
}

/** Whether a process with this number runs; a zombie does not. */
export async function isRunning(pid: number): Promise<boolean> {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as { code?: string }).code === 'ESRCH') return false;
    // EPERM: it is another user's.
  }
  return !(await processState(pid)).zombie;
}

async function bootId(): Promise<string | null> {
  return readFile('/proc/sys/kernel/random/boot_id', 'utf8').then(
    (text) => text.trim(),
    () => null,
  );
}

/** From /proc, or from `ps` where there is none. */
async function processState(pid: number): Promise<{ started: string | null; zombie: boolean }> {
  try {
    const text = await readFile(`/proc/${pid}/stat`, 'utf8');
    // The second field is the program's name in brackets, and may hold anything.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return { started: fields[19] ?? null, zombie: fields[0] === 'Z' || fields[0] === 'X' };
  } catch {
    if (process.platform === 'linux' || process.platform === 'win32') return { started: null, zombie: false };
  }
  try {
    const { stdout } = await promisify(execFile)('ps', ['-o', 'state=,lstart=', '-p', String(pid)]);
    const [, state = '', started = null] = /^\s*(\S+)\s+(.+?)\s*$/.exec(stdout) ?? [];
    return { started, zombie: state.startsWith('Z') };
  } catch {
    return { started: null, zombie: false };
  }
}
