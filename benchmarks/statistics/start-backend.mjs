import { availableParallelism } from 'node:os';
import '@tensorflow/tfjs'; // the gradients
import { useBackend } from 'autodrag';
import { cpuTime } from './paired.mjs';

/**
 * Starts a backend for a measurement, as the command line does.
 *
 * @param name `wasm`, or `node` for libtensorflow
 * @returns the clock that counts: processor time for one thread, which other programs disturb less
 */
export async function startBackend(name, threads = availableParallelism()) {
  if (name === 'node') process.env.TF_NUM_INTRAOP_THREADS ??= String(threads);
  await useBackend(name);
  return name === 'node'
    ? { clock: () => performance.now(), kind: 'time' }
    : { clock: cpuTime, kind: 'processor time' };
}
