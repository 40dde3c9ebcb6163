import type { CallOptions } from './editor-session.js';

/** Does one piece of work after the other. */
export type Queue = {
  /** @throws AbortError if the queue has ended, or the signal's reason, where that is known before the work begins */
  run<T>(call: CallOptions, work: () => Promise<T>): Promise<T>;
  /** Does a last piece; all that waits is rejected. */
  end(last: () => void): void;
};

/** Each piece comes after a turn of the event loop, so that an abort or a later preview has been heard of. */
export function createQueue(): Queue {
  let tail: Promise<unknown> = Promise.resolve();
  let ended = false;
  return {
    run({ signal }, work) {
      const result = tail.then(async () => {
        await turn();
        if (ended) throw new DOMException('the session is disposed', 'AbortError');
        signal?.throwIfAborted();
        return await work();
      });
      tail = result.catch(() => {});
      return result;
    },
    end(last) {
      ended = true;
      tail = tail.then(last);
    },
  };
}

/** A task of its own: `setTimeout` would wait for 4 ms. */
function turn(): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(null);
  });
}
