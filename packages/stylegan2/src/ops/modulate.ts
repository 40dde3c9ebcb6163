import * as tf from '@tensorflow/tfjs-core';

const differentiable = tf.customGrad((x, style, save) => {
  const input = x as tf.Tensor4D;
  const factor = tf.reshape(style as tf.Tensor2D, [-1, 1, 1, (style as tf.Tensor2D).shape[1]]);
  (save as tf.GradSaveFunc)([input, factor]);
  return {
    value: tf.mul(input, factor),
    gradFunc: (dy: tf.Tensor, [savedInput, savedFactor]: tf.Tensor[]) => {
      const dx = tf.mul(dy, savedFactor!);
      return [
        savedInput!.shape[0] === dy.shape[0] ? dx : tf.sum(dx, 0, true), // one constant for all samples
        tf.sum(tf.mul(dy, savedInput!), [1, 2]),
      ];
    },
  };
});

/**
 * Scales each channel of each sample, as one step of the gradient tape.
 *
 * @param x `[N, H, W, C]`, or `[1, H, W, C]` for all samples alike
 * @param style `[N, C]`
 * @returns `[N, H, W, C]`
 */
export function modulate(x: tf.Tensor4D, style: tf.Tensor2D): tf.Tensor4D {
  return differentiable(x, style) as tf.Tensor4D;
}
