import * as tf from '@tensorflow/tfjs-core';

/** Slope of the activation of StyleGAN2 below zero. */
export const SLOPE = 0.2;

const differentiable = tf.customGrad((x, save) => {
  const y = forward(x as tf.Tensor);
  (save as tf.GradSaveFunc)([y]);
  return { value: y, gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => leakyReluGradient(dy, saved[0]!) };
});

/**
 * Leaky ReLU of slope 0.2, in the kernels that the current backend does fastest. Gains belong inside: it is positively
 * homogeneous, `g · lrelu(x) = lrelu(g · x)`.
 */
export function leakyRelu<T extends tf.Tensor>(x: T): T {
  return differentiable(x) as T;
}

/** PReLU on wasm (XNNPACK): the LeakyRelu that the backend comes with takes twenty times as long. */
function forward(x: tf.Tensor): tf.Tensor {
  if (tf.getBackend() !== 'wasm') return tf.leakyRelu(x, SLOPE);
  const shape = x.shape.map((size, axis) => (axis === x.rank - 1 ? size : 1));
  return tf.prelu(x, tf.fill(shape, SLOPE));
}

/**
 * Gradient of `y = leakyRelu(x)` with respect to x, from y, whose sign is that of x. The kernel Step takes seven passes
 * on tfjs-node and one elsewhere; on wasm a comparison and a selection are slow.
 */
export function leakyReluGradient(dy: tf.Tensor, y: tf.Tensor): tf.Tensor {
  return tf.tidy(() =>
    tf.getBackend() === 'tensorflow'
      ? tf.where(tf.greater(y, 0), dy, tf.mul(dy, SLOPE))
      : tf.mul(dy, tf.step(y, SLOPE)),
  );
}
