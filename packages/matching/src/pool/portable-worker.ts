/** A browser's `Worker`, as far as it is used. */
type WebWorker = {
  postMessage(message: unknown, transfer: ArrayBuffer[]): void;
  addEventListener(event: string, listener: (event: { data?: unknown; message?: string }) => void): void;
  terminate(): void;
};

/** A `Worker` of `node:worker_threads`, as far as it is used. */
type NodeWorker = {
  postMessage(message: unknown, transfer: ArrayBuffer[]): void;
  on(event: string, listener: (value: unknown) => void): unknown;
  terminate(): Promise<number>;
  unref?(): void;
  readonly threadId?: number;
};

/** Either kind of worker. */
export type AnyWorker = WebWorker | NodeWorker;

/** The same few verbs over both kinds of worker. */
export type PortableWorker = {
  post(message: unknown, transfer: ArrayBuffer[]): void;
  /**
   * `onFailure` is called at most once: uncaught error, unreadable message, or an exit that nobody asked for (`gone`:
   * then there is nothing left to terminate).
   */
  listen(onMessage: (message: unknown) => void, onFailure: (reason: string, gone: boolean) => void): void;
  /** Never rejects, and ends after two seconds even if the worker does not. */
  terminate(): Promise<void>;
  /** The worker no longer keeps the process alive; nothing in browsers. */
  unref(): void;
};

const reasonOf = (value: unknown) => (value instanceof Error ? value.message : String(value));

/** How long a worker may take to end. */
const graceMs = 2000;

/**
 * Wraps a worker of Node or of a browser.
 *
 * @throws TypeError if it is neither
 */
export function portableWorker(worker: AnyWorker): PortableWorker {
  if (typeof worker !== 'object' || worker === null || typeof worker.postMessage !== 'function') {
    throw new TypeError(`expected a Worker, got ${worker === null ? 'null' : typeof worker}`);
  }
  let ended = false;
  const once = (onFailure: (reason: string, gone: boolean) => void) => (reason: string, gone: boolean) => {
    if (ended) return;
    ended = true;
    onFailure(reason, gone);
  };
  const terminate = async () => {
    ended = true;
    try {
      await atMost(graceMs, worker.terminate());
    } catch {
      // a worker of someone else's making: there is nothing more that could be done
    }
  };
  if ('on' in worker) {
    return {
      post: (message, transfer) => worker.postMessage(message, transfer),
      listen: (onMessage, onFailure) => {
        const fail = once(onFailure);
        worker.on('message', onMessage);
        worker.on('messageerror', (error) => fail(`a message could not be read: ${reasonOf(error)}`, false));
        worker.on('error', (error) => fail(reasonOf(error), false));
        worker.on('exit', (code) => fail(`it ended with exit code ${String(code)}`, true));
        if (worker.threadId === -1) fail('it had ended before it was handed over', true);
      },
      terminate,
      unref: () => worker.unref?.(),
    };
  }
  return {
    post: (message, transfer) => worker.postMessage(message, transfer),
    listen: (onMessage, onFailure) => {
      const fail = once(onFailure);
      worker.addEventListener('message', (event) => onMessage(event.data));
      worker.addEventListener('messageerror', () => fail('a message could not be read', false));
      worker.addEventListener('error', (event) => fail(event.message || 'its script could not be loaded', false));
    },
    terminate,
    unref: () => {},
  };
}

/** Waits for a promise, but not longer than some milliseconds. */
export async function atMost(milliseconds: number, promise: unknown): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, milliseconds);
  });
  try {
    await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
