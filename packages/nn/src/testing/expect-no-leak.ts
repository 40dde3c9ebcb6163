import * as tf from '@tensorflow/tfjs-core';

/**
 * Throws unless as many tensors are alive after `run` as before it. What `run` returns (a tensor, or an object or array
 * of tensors) is disposed first, so a function's own results do not count.
 */
export function expectNoLeak(run: () => Promise<unknown>): Promise<void>;
export function expectNoLeak(run: () => unknown): void;
export function expectNoLeak(run: () => unknown): void | Promise<void> {
  const before = tf.memory().numTensors;
  const check = (result: unknown) => {
    if (typeof result === 'object' && result !== null) tf.dispose(result as tf.TensorContainer);
    const leaked = tf.memory().numTensors - before;
    if (leaked > 0) throw new Error(`expectNoLeak: ${leaked} tensors were left alive`);
    if (leaked < 0) throw new Error(`expectNoLeak: ${-leaked} tensors were disposed that are not the function's own`);
  };
  const result = run();
  if (result instanceof Promise) return result.then(check);
  check(result);
}
