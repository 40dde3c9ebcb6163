import { importNode } from './import-node.js';

/** How many threads Node advises to use. */
export async function availableThreads(): Promise<number> {
  return (await importNode<typeof import('node:os')>('node:os')).availableParallelism();
}
