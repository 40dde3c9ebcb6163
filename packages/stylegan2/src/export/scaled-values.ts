import type * as tf from '@tensorflow/tfjs-core';

/** The numbers of a tensor, times a factor, in memory of their own. */
export async function scaledValues(tensor: tf.Tensor, factor = 1): Promise<Float32Array> {
  const values = await tensor.data<'float32'>();
  return values.map((value) => value * factor);
}
