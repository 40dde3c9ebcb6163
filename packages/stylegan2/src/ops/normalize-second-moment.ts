import * as tf from '@tensorflow/tfjs-core';

/** `x · rsqrt(mean(x²) + 1e-8)` along the last axis. `[N, F]` to `[N, F]`. */
export function normalizeSecondMoment(x: tf.Tensor2D): tf.Tensor2D {
  return tf.mul(x, tf.rsqrt(tf.add(tf.mean(tf.square(x), -1, true), 1e-8)));
}
