import * as tf from '@tensorflow/tfjs-core';

/**
 * Each coordinate, and its sines and cosines at `frequencies` octaves from pi on, every octave half as strong as the
 * one before: so all octaves are equally steep, and what is learned of a coordinate starts smooth.
 *
 * @param x `[..., d]`, about -1 to 1
 * @returns `[..., d (1 + 2 frequencies)]`: first the coordinates, then all sines, then all cosines
 */
export function fourierFeatures(x: tf.Tensor, frequencies: number): tf.Tensor {
  return tf.tidy(() => {
    const octaves = Array.from({ length: frequencies }, (_, k) => 2 ** k);
    const d = x.shape[x.rank - 1] ?? 1;
    const flat = [...x.shape.slice(0, -1), d * frequencies];
    const angles = tf.reshape(
      tf.mul(tf.expandDims(x, -1), tf.tensor1d(octaves.map((octave) => Math.PI * octave))),
      flat,
    );
    const strength = tf.tile(tf.tensor1d(octaves.map((octave) => 1 / octave)), [d]);
    return tf.concat([x, tf.mul(tf.sin(angles), strength), tf.mul(tf.cos(angles), strength)], -1);
  });
}
