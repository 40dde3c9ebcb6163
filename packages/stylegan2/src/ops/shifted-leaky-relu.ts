import * as tf from '@tensorflow/tfjs-core';
import { leakyRelu, leakyReluGradient } from './leaky-relu.js';

type Shift = tf.Tensor2D | tf.Tensor4D;

const differentiable = tf.customGrad((x, shift, save) => {
  const input = x as tf.Tensor4D;
  const added = shift as Shift;
  const y = leakyRelu(tf.add(input, added.rank === 2 ? tf.reshape(added, [-1, 1, 1, added.shape[1]!]) : added));
  (save as tf.GradSaveFunc)([y]);
  const shape = added.shape;
  return {
    value: y,
    gradFunc: (dy: tf.Tensor, [saved]: tf.Tensor[]) => {
      const dx = leakyReluGradient(dy, saved!);
      return [dx, shape.length === 2 ? tf.sum(dx, [1, 2]) : sumTo(dx, shape)];
    },
  };
});

/** The gradient of a broadcast: sums over the axes along which the shape is 1. */
function sumTo(x: tf.Tensor, shape: number[]): tf.Tensor {
  const axes = shape.flatMap((size, axis) => (size === 1 && x.shape[axis] !== 1 ? [axis] : []));
  return axes.length === 0 ? tf.clone(x) : tf.sum(x, axes, true);
}

/**
 * `lrelu(x + shift)`, slope 0.2, as one step of the gradient tape. Gains belong inside: the function is positively
 * homogeneous, `g · lrelu(x) = lrelu(g · x)`.
 *
 * @param x `[N, H, W, C]`
 * @param shift `[N, C]`, or of rank 4 and broadcast against x
 */
export function shiftedLeakyRelu(x: tf.Tensor4D, shift: Shift): tf.Tensor4D {
  return differentiable(x, shift) as tf.Tensor4D;
}
