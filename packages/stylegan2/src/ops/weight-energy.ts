import * as tf from '@tensorflow/tfjs-core';

/** Energy of a convolution weight, the part of the demodulation that does not depend on the style: `Σ_{kh, kw} weight²`, `[kh, kw, I, O]` to `[I, O]`. */
export function weightEnergy(weight: tf.Tensor4D): tf.Tensor2D {
  return tf.tidy(() => tf.sum(tf.square(weight), [0, 1]));
}
