import * as tf from '@tensorflow/tfjs-core';

/** [1, 3, 3, 1] ⊗ [1, 3, 3, 1] / 64, times 4: doubling the resolution spreads each value over four pixels. */
const FILTER = [1, 3, 3, 1].flatMap((a) => [1, 3, 3, 1].map((b) => (a * b) / 16));

/**
 * The up-sampling convolution as the paper has it: a transposed convolution of stride 2, then the blur. The same numbers as the
 * folded kernel gives with a quarter of the multiplications but more passes over memory: with gradients it is two to three
 * times as fast on libtensorflow.
 *
 * @param x `[N, H, W, I]`
 * @param weight `[3, 3, I, O]`
 * @returns `[N, 2·H, 2·W, O]`
 */
export function transposedUpConvolution(x: tf.Tensor4D, weight: tf.Tensor4D): tf.Tensor4D {
  const [n, h, w] = x.shape;
  const outputs = weight.shape[3];
  return tf.tidy(() => {
    const kernel = tf.transpose(weight, [0, 1, 3, 2]) as tf.Tensor4D; // [3, 3, O, I]
    const spread = tf.conv2dTranspose(x, kernel, [n, 2 * h + 1, 2 * w + 1, outputs], 2, 'valid');
    const padded = tf.pad(spread, [[0, 0], [1, 1], [1, 1], [0, 0]]) as tf.Tensor4D;
    const blur = tf.tile(tf.tensor4d(FILTER, [4, 4, 1, 1]), [1, 1, outputs, 1]) as tf.Tensor4D;
    return tf.depthwiseConv2d(padded, blur, 1, 'valid');
  });
}
