/** Long work that lets others work, too: see {@link createTurns}. */
export type Turns = {
  /** Whether it is time. Cheap: to be asked every few thousand steps. */
  due(): boolean;
  /** Lets the event loop turn once: timers, events and the signal get their chance. Throws the signal's reason. */
  take(): Promise<void>;
};

export type TurnsOptions = {
  signal?: AbortSignal;
  /** Milliseconds of work between two turns. @default 40 */
  every?: number;
};

/**
 * Keeps a long computation from holding up the event loop: `if (turns.due()) await turns.take()`, every few thousand
 * steps. A timer of 0 ms would do, were it not that pages in the background get one a second.
 */
export function createTurns({ signal, every = 40 }: TurnsOptions = {}): Turns {
  let since = performance.now();
  return {
    due: () => signal?.aborted === true || performance.now() - since >= every,
    async take() {
      signal?.throwIfAborted();
      await nextTask();
      signal?.throwIfAborted();
      since = performance.now();
    },
  };
}

type Immediate = { setImmediate?: (task: () => void) => unknown };

function nextTask(): Promise<void> {
  return new Promise((resolve) => {
    const { setImmediate } = globalThis as Immediate;
    if (setImmediate) {
      setImmediate(resolve);
      return;
    }
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(null);
  });
}
