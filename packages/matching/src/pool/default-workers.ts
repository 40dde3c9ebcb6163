import { availableThreads } from '../node/available-threads.js';
import { inNode } from '../node/import-node.js';

/** As many workers as leave one thread to the caller, from 1 to 4. */
const leaveOne = (threads: number) => Math.max(1, Math.min(4, threads - 1));

/** A number to begin with, and the right one where Node has to be asked for it. */
export function defaultWorkers(): { now: number; later: Promise<number> | null } {
  const now = leaveOne(typeof navigator === 'undefined' ? 2 : (navigator.hardwareConcurrency ?? 2));
  if (!inNode()) return { now, later: null };
  return { now, later: availableThreads().then(leaveOne) };
}
