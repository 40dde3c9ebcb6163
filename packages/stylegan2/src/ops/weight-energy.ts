import * as tf from '@tensorflow/tfjs-core';

const differentiable = tf.customGrad((weight, save) => {
  const saved = weight as tf.Tensor4D;
  (save as tf.GradSaveFunc)([saved]);
  const [kh, kw, inputs, outputs] = saved.shape;
  const squares = tf.reshape(tf.square(saved), [kh * kw, inputs * outputs]);
  return {
    // a product with a row of ones: wasm would transpose the weight for a sum over leading axes
    value: tf.reshape(tf.matMul(tf.ones([1, kh * kw]), squares), [inputs, outputs]),
    gradFunc: (dy: tf.Tensor, [w]: tf.Tensor[]) => tf.mul(w!, tf.mul(dy, 2)),
  };
});

/**
 * Energy of a convolution weight, the part of the demodulation that does not depend on the style: `Σ_{kh, kw} weight²`.
 *
 * @param weight `[kh, kw, I, O]`
 * @returns `[I, O]`
 */
export function weightEnergy(weight: tf.Tensor4D): tf.Tensor2D {
  return differentiable(weight) as tf.Tensor2D;
}
