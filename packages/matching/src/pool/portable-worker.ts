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
  ref(): void;
  unref(): void;
};

/** Either kind of worker. */
export type AnyWorker = WebWorker | NodeWorker;

/** The same few verbs over both kinds of worker. */
export type PortableWorker = {
  post(message: unknown, transfer: ArrayBuffer[]): void;
  /** `onFailure` is called at most once: uncaught error, unreadable message, or an exit that nobody asked for. */
  listen(onMessage: (message: unknown) => void, onFailure: (reason: string) => void): void;
  terminate(): Promise<void>;
  /** Whether the worker keeps the process alive; nothing in browsers. */
  keepAlive(alive: boolean): void;
};

const reasonOf = (value: unknown) => (value instanceof Error ? value.message : String(value));

/** Wraps a worker of Node or of a browser. */
export function portableWorker(worker: AnyWorker): PortableWorker {
  let ended = false;
  const once = (onFailure: (reason: string) => void) => (reason: string) => {
    if (ended) return;
    ended = true;
    onFailure(reason);
  };
  if ('on' in worker) {
    return {
      post: (message, transfer) => worker.postMessage(message, transfer),
      listen: (onMessage, onFailure) => {
        const fail = once(onFailure);
        worker.on('message', onMessage);
        worker.on('messageerror', (error) => fail(`a message could not be read: ${reasonOf(error)}`));
        worker.on('error', (error) => fail(reasonOf(error)));
        worker.on('exit', (code) => fail(`it ended with exit code ${String(code)}`));
      },
      terminate: async () => {
        ended = true;
        await worker.terminate();
      },
      keepAlive: (alive) => (alive ? worker.ref() : worker.unref()),
    };
  }
  return {
    post: (message, transfer) => worker.postMessage(message, transfer),
    listen: (onMessage, onFailure) => {
      const fail = once(onFailure);
      worker.addEventListener('message', (event) => onMessage(event.data));
      worker.addEventListener('messageerror', () => fail('a message could not be read'));
      worker.addEventListener('error', (event) => fail(event.message || 'its script could not be loaded'));
    },
    terminate: async () => {
      ended = true;
      worker.terminate();
    },
    keepAlive: () => {},
  };
}
