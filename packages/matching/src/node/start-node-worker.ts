import type { AnyWorker } from '../pool/portable-worker.js';
import { importNode } from './import-node.js';

/** Starts a script as a worker thread of Node. */
export async function startNodeWorker(script: URL): Promise<AnyWorker> {
  const { Worker } = await importNode<typeof import('node:worker_threads')>('node:worker_threads');
  return new Worker(script) as unknown as AnyWorker;
}
