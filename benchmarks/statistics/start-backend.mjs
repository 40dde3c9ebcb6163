import { availableParallelism } from 'node:os';
import * as tf from '@tensorflow/tfjs';
import { cpuTime } from './paired.mjs';

/**
 * Starts a backend for a measurement.
 *
 * @param name `wasm`, or `node` for libtensorflow
 * @returns the clock that counts: processor time for one thread, which other programs disturb less
 */
export async function startBackend(name, threads = availableParallelism()) {
  if (name === 'node') {
    process.env.TF_NUM_INTRAOP_THREADS ??= String(threads);
    process.env.TF_CPP_MIN_LOG_LEVEL ??= '2';
    process.env.TF_CPU_ALLOCATOR_USE_BFC ??= 'true'; // as the command line does
    await import('@tensorflow/tfjs-node');
    await tf.setBackend('tensorflow');
    return { clock: () => performance.now(), kind: 'time' };
  }
  await import('@tensorflow/tfjs-backend-wasm');
  (await import('@autodrag/wasm-gradients')).registerWasmGradients();
  await tf.setBackend('wasm');
  return { clock: cpuTime, kind: 'processor time' };
}
