import * as tf from '@tensorflow/tfjs-core';
import type { FullyConnectedParameters } from '../parameters.js';

/**
 * A fully connected layer with equalised learning rate: `x · (gain · weight) + biasGain · bias`.
 * The gain multiplies the product, not the weight: it is smaller.
 *
 * @param x `[N, in]`
 * @returns `[N, out]`
 */
export function fullyConnected(
  { weight, bias }: FullyConnectedParameters,
  x: tf.Tensor2D,
  { gain, biasGain }: { gain: number; biasGain: number },
): tf.Tensor2D {
  const product = tf.matMul(x, weight);
  const scaled = gain === 1 ? product : tf.mul(product, gain);
  return tf.add(scaled, biasGain === 1 ? bias : tf.mul(bias, biasGain));
}
