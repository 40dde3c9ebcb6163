import type { MessagePort } from 'node:worker_threads';
import { importNode } from './import-node.js';

/** The port to whoever started this worker thread of Node; null in the main thread. */
export async function parentThread(): Promise<MessagePort | null> {
  return (await importNode<typeof import('node:worker_threads')>('node:worker_threads')).parentPort;
}
