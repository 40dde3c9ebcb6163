import * as tf from '@tensorflow/tfjs-core';

/**
 * The mean over the points of each row, then over rows. A row without a point adds nothing.
 *
 * @param each `[B, P]`, a value for each point
 * @param pointMask `[B, P]`: 1 for a point, 0 for padding; by default all are points
 */
export function meanOverPoints(each: tf.Tensor, pointMask?: tf.Tensor2D): tf.Scalar {
  return tf.tidy(() => {
    const mask = pointMask ?? tf.onesLike(each);
    const row = tf.div(tf.sum(tf.mul(each, mask), 1), tf.maximum(tf.sum(mask, 1), 1)); // [B]
    return tf.mean(row) as tf.Scalar;
  });
}
