import * as tf from '@tensorflow/tfjs-core';

/** Pixels (of 512) that one 255th of change of the fixed part counts as. */
const maskPixels = 2;

/** Mean absolute change of the fixed part, in 255ths of the range from -1 to 1. */
export function fixedChange(image: tf.Tensor4D, first: tf.Tensor4D, fixed: tf.Tensor3D): tf.Scalar {
  return tf.tidy(() => {
    const channels = image.shape[3];
    // smooth at 0, where it begins
    const change = tf.sqrt(tf.add(tf.square(tf.sub(image, first)), 1e-6));
    const total = tf.sum(tf.mul(tf.sub(change, 1e-3), fixed));
    return tf.mul(tf.div(total, tf.mul(tf.sum(fixed), channels)), 127.5) as tf.Scalar;
  });
}

/** What a change of the fixed part counts as, in pixels of a picture. */
export function maskPixelsOf(change: number, longer: number): number {
  return (change * maskPixels * longer) / 512;
}
