import * as tf from '@tensorflow/tfjs-core';

/**
 * The most bytes that tensors hold from now on. A pass is one synchronous piece of work, within which nobody can ask
 * `tf.memory()`; `tf.profile` would wait for every kernel. So the engine's own count is watched while it is written.
 */
export function watchTensorBytes(): { readonly peak: number; stop(): void } {
  const { state } = tf.engine() as unknown as { state: { numBytes: number } };
  let bytes = state.numBytes;
  let peak = bytes;
  Object.defineProperty(state, 'numBytes', {
    configurable: true,
    enumerable: true,
    get: () => bytes,
    set: (value: number) => {
      bytes = value;
      if (bytes > peak) peak = bytes;
    },
  });
  return {
    get peak() {
      return peak;
    },
    stop: () => {
      Object.defineProperty(state, 'numBytes', { configurable: true, enumerable: true, writable: true, value: bytes });
    },
  };
}
