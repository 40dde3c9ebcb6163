import * as tf from '@tensorflow/tfjs-core';

/**
 * A mask as attention adds it to its scores. Boolean (or int32) masks say where attention may go: 0 there, −1e9
 * elsewhere. Float masks are additive already and come back as a clone. A query that may go nowhere attends to
 * everything equally.
 *
 * @param mask `[B | 1, H | 1, T | 1, S]`
 * @returns the same shape, float32
 */
export function additiveMask(mask: tf.Tensor): tf.Tensor {
  if (mask.dtype === 'float32') return tf.clone(mask);
  return tf.tidy(() => tf.mul(tf.sub(tf.cast(mask, 'float32'), 1), 1e9));
}
