import * as tf from '@tensorflow/tfjs-core';

/** `FOLD[p][a][k]`: what tap k of the 3-tap kernel adds to tap a of phase p, in one dimension. */
const FOLD: readonly number[][][] = [0, 1].map((phase) =>
  [0, 1, 2].map((tap) =>
    [0, 1, 2].map((k) => {
      // a transposed convolution of stride 2, then the filter [1, 3, 3, 1] / 4 with padding 1:
      // out[2m + p] = Σ_a x[m − 1 + a] Σ_k filter[k − j + 1] · weight[k], with j = 2 (1 − a) + p
      const offset = 2 * (1 - tap) + phase;
      return [1, 3, 3, 1].map((value) => value / 4)[k - offset + 1] ?? 0;
    }),
  ),
);

const MATRIX = ((): Float32Array => {
  const values: number[] = [];
  for (const a of [0, 1, 2])
    for (const b of [0, 1, 2])
      for (const p of [0, 1])
        for (const q of [0, 1])
          for (const k of [0, 1, 2]) for (const l of [0, 1, 2]) values.push(FOLD[p]![a]![k]! * FOLD[q]![b]![l]!);
  return Float32Array.from(values);
})();

/**
 * The up-sampling convolution of StyleGAN2 (a 3×3 transposed convolution of stride 2, then a 4×4 low-pass filter) as
 * one 3×3 convolution at the low resolution with four outputs a channel, one for each phase: exact, since both
 * are linear. `depthToSpace(conv2d(x, foldUpKernel(weight), 1, 'same'))` is the double-sized result.
 *
 * @param weight `[3, 3, I, O]`
 * @returns `[3, 3, I, 4·O]`
 */
export function foldUpKernel(weight: tf.Tensor4D): tf.Tensor4D {
  const [, , inputs, outputs] = weight.shape;
  return tf.tidy(() => {
    const matrix = tf.tensor2d(MATRIX, [36, 9]);
    const folded = tf.matMul(matrix, tf.reshape(weight, [9, inputs * outputs])); // [(a, b, p, q), I·O]
    const phases = tf.transpose(tf.reshape(folded, [9, 4, inputs, outputs]), [0, 2, 1, 3]); // [(a, b), I, (p, q), O]
    return tf.reshape(phases, [3, 3, inputs, 4 * outputs]);
  });
}
