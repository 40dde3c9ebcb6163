import { inNode } from '../node/import-node.js';
import { startNodeWorker } from '../node/start-node-worker.js';
import type { AnyWorker } from './portable-worker.js';

/**
 * Starts the worker that this package ships, `worker.js` beside this module, in Node or in a browser. Bundlers know the
 * pattern `new Worker(new URL(..., import.meta.url))`; for Node its parts stand apart, so that they leave it alone.
 */
export async function startMatchingWorker(): Promise<AnyWorker> {
  if (!inNode()) {
    return new Worker(new URL('./worker.js', import.meta.url), { type: 'module' }) as unknown as AnyWorker;
  }
  const name = './worker.js';
  return startNodeWorker(new URL(/* webpackIgnore: true */ name, import.meta.url));
}
