import type { AnyWorker } from './portable-worker.js';

/**
 * Starts the worker that this package ships, `worker.js` beside this module, in Node or in a browser. Bundlers know the
 * pattern `new Worker(new URL(..., import.meta.url))`.
 */
export async function startMatchingWorker(): Promise<AnyWorker> {
  if (typeof process !== 'undefined' && process.versions?.node) {
    const { Worker: NodeWorker } = await import(/* @vite-ignore */ 'node:worker_threads');
    return new NodeWorker(new URL('./worker.js', import.meta.url)) as unknown as AnyWorker;
  }
  return new Worker(new URL('./worker.js', import.meta.url), { type: 'module' }) as unknown as AnyWorker;
}
