import { matchShape } from '@autodrag/nn';
import * as tf from '@tensorflow/tfjs-core';

/**
 * Demodulation coefficients of a modulated convolution:
 * `1 / sqrt(Σ over (kh, kw, I) of (weight · style)² + epsilon)`. Karras et al. 2020, section 2.2.
 *
 * @param energy `[I, O]`, see `weightEnergy`
 * @param style `[N, I]`
 * @returns `[N, O]`
 * @throws ShapeError if the two disagree about I
 */
export function demodulation(energy: tf.Tensor2D, style: tf.Tensor2D, { epsilon = 1e-8 } = {}): tf.Tensor2D {
  const { I } = matchShape(energy.shape, ['I', 'O'], 'demodulation: energy');
  matchShape(style.shape, ['N', I!], 'demodulation: style');
  return tf.tidy(() => tf.rsqrt(tf.add(tf.matMul(tf.square(style), energy), epsilon)) as tf.Tensor2D);
}
