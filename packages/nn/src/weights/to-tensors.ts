import * as tf from '@tensorflow/tfjs-core';
import type { LoadedTensor } from './load-safetensors.js';

/** tfjs tensors of what `loadSafetensors` read: float32, int32 or bool. New, and the caller's. */
export function toTensors(loaded: Readonly<Record<string, LoadedTensor>>): Record<string, tf.Tensor> {
  return Object.fromEntries(
    Object.entries(loaded).map(([name, { shape, data }]) => {
      const dtype = data instanceof Float32Array ? 'float32' : data instanceof Int32Array ? 'int32' : 'bool';
      return [name, tf.tensor(data, shape, dtype)];
    }),
  );
}
