import * as tf from '@tensorflow/tfjs-core';

/** Slope of the activation of StyleGAN2 below zero. */
const SLOPE = 0.2;

const gradientful = tf.customGrad((x, save) => {
  const y = tf.leakyRelu(x as tf.Tensor, SLOPE);
  (save as tf.GradSaveFunc)([y]);
  return {
    value: y,
    gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
      const positive = tf.greater(saved[0]!, 0);
      return tf.where(positive, dy, tf.mul(dy, SLOPE));
    },
  };
});

/**
 * Leaky ReLU of slope 0.2, with a gradient of three kernels. (The one of `tf.leakyRelu` calls `step`, which costs
 * seven kernels on tfjs-node.) Gains belong inside: it is positively homogeneous, `g · lrelu(x) = lrelu(g · x)`.
 */
export function leakyRelu<T extends tf.Tensor>(x: T): T {
  return gradientful(x) as T;
}
