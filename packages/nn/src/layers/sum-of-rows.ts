import * as tf from '@tensorflow/tfjs-core';

/**
 * The sum over the first axis, as a product with a row of ones: some backends (wasm) transpose the whole matrix before
 * they reduce its first axis, but all of them multiply well.
 *
 * @param x `[rows, columns]`
 * @returns `[columns]`
 */
export function sumOfRows(x: tf.Tensor2D): tf.Tensor1D {
  return tf.reshape(tf.matMul(tf.ones([1, x.shape[0]]), x), [x.shape[1]]) as tf.Tensor1D;
}
