import * as tf from '@tensorflow/tfjs-core';

const differentiable = tf.customGrad((weight, save) => {
  (save as tf.GradSaveFunc)([weight as tf.Tensor]);
  return {
    value: tf.sum(tf.square(weight as tf.Tensor), [0, 1]),
    gradFunc: (dy: tf.Tensor, [saved]: tf.Tensor[]) => tf.mul(saved!, tf.mul(dy, 2)),
  };
});

/** Energy of a convolution weight, the part of the demodulation that does not depend on the style: `Σ_{kh, kw} weight²`, `[kh, kw, I, O]` to `[I, O]`. */
export function weightEnergy(weight: tf.Tensor4D): tf.Tensor2D {
  return differentiable(weight) as tf.Tensor2D;
}
