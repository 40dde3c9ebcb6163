import { createRemoteSession } from './create-remote-session.js';
import type { EditorSession } from './editor-session.js';

export type WorkerSessionOptions = {
  /**
   * Makes the module worker: one that runs `@autodrag/editor/worker`. @default the package's own, where the bundler has
   * moved it
   */
  createWorker?: () => Worker;
};

/**
 * A session in a module worker: the page stays free, whatever is computed. Where no worker starts (a bundler that moves
 * no files, a policy that forbids it), it computes in this thread instead.
 */
export async function createWorkerSession({
  createWorker = () => new Worker(new URL('./worker.js', import.meta.url), { type: 'module', name: 'autodrag' }),
}: WorkerSessionOptions = {}): Promise<EditorSession> {
  try {
    return await startWorker(createWorker);
  } catch (error) {
    console.warn(`autodrag: no worker, so the page computes itself: ${(error as Error).message}`);
    const { createLocalSession } = await import('./create-local-session.js');
    return createLocalSession();
  }
}

/** Settles when the worker says that it is there. */
function startWorker(createWorker: () => Worker): Promise<EditorSession> {
  return new Promise((resolve, reject) => {
    const worker = createWorker();
    const late = setTimeout(() => fail('it did not answer within 20 s'), 20_000);
    const fail = (reason: string) => {
      clearTimeout(late);
      worker.terminate();
      reject(new Error(reason));
    };
    worker.addEventListener('error', (event) => fail(event.message || 'its file cannot be loaded'), { once: true });
    worker.addEventListener(
      'message',
      ({ data }) => {
        if (data?.kind !== 'ready') return fail('it is another worker');
        clearTimeout(late);
        const session = createRemoteSession(worker, { onDispose: () => worker.terminate() });
        // a worker that dies (out of memory) rejects what it was asked: the codes are in the page
        worker.addEventListener('error', (event) => session.fail(new Error(`the worker stopped: ${event.message}`)));
        resolve(session);
      },
      { once: true },
    );
  });
}
