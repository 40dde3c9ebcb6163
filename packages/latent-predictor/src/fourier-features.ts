import * as tf from '@tensorflow/tfjs-core';

/**
 * Each coordinate, and its sines and cosines at `frequencies` octaves from pi on.
 *
 * @param x `[..., d]`, about -1 to 1
 * @returns `[..., d (1 + 2 frequencies)]`: first the coordinates, then all sines, then all cosines
 */
export function fourierFeatures(x: tf.Tensor, frequencies: number): tf.Tensor {
  return tf.tidy(() => {
    const octaves = tf.tensor1d(Array.from({ length: frequencies }, (_, k) => Math.PI * 2 ** k));
    const d = x.shape[x.rank - 1] ?? 1;
    const angles = tf.reshape(tf.mul(tf.expandDims(x, -1), octaves), [...x.shape.slice(0, -1), d * frequencies]);
    return tf.concat([x, tf.sin(angles), tf.cos(angles)], -1);
  });
}
