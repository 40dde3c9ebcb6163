import * as tf from '@tensorflow/tfjs-core';
import { customGradient } from '../gradients/custom-gradient.js';

// tanh(u) = 2 σ(2u) − 1 turns GELU's tanh form into x · σ(x · (A + B x²)).
const A = 2 * Math.sqrt(2 / Math.PI);
const B = A * 0.044715;

/**
 * Gaussian error linear unit, tanh form: `0.5 x (1 + tanh(sqrt(2/π) (x + 0.044715 x³)))`, Hendrycks and Gimpel 2016,
 * within 5e-4 of `x Φ(x)`. The gradient is written by hand: eight kernels backward. First order only.
 */
export function gelu<T extends tf.Tensor>(x: T): T {
  return geluWithGradient(x) as T;
}

const geluWithGradient = customGradient(([x]: [tf.Tensor], save) => {
  const gate = tf.sigmoid(tf.mul(x, tf.add(tf.mul(tf.square(x), B), A)));
  const value = tf.mul(x, gate);
  save([x, gate, value]);
  return {
    value,
    // y = x s(u), u' = A + 3 B x²: dy/dx = s + x s (1 − s) u' = s (1 + (x − y) u')
    gradient: (dy, saved) => {
      const [x, gate, y] = saved as [tf.Tensor, tf.Tensor, tf.Tensor];
      const slope = tf.add(tf.mul(tf.square(x), 3 * B), A);
      return [tf.mul(tf.mul(tf.add(tf.mul(tf.sub(x, y), slope), 1), gate), dy)];
    },
  };
});
