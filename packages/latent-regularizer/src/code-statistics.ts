import { InvalidArgumentError } from '@autodrag/nn';
import * as tf from '@tensorflow/tfjs-core';

/** Per-channel average and standard deviation of latent codes; the space `(w - average) / std` is "standardised". */
export type CodeStatistics = {
  /** `[wDim]` */
  average: tf.Tensor1D;
  /** `[wDim]`, positive */
  std: tf.Tensor1D;
};

export type CodeStatisticsOptions = {
  /**
   * Smallest standard deviation of a channel, as a fraction of the mean one: a dead channel must not turn rounding
   * errors into large standardised values.
   * @default 0.001
   */
  floor?: number;
};

/**
 * Statistics of a sample of codes, over every axis but the last.
 *
 * @param w `[..., wDim]`, some thousand codes from the generator's mapping network
 */
export function codeStatistics(w: tf.Tensor, { floor = 1e-3 }: CodeStatisticsOptions = {}): CodeStatistics {
  const wDim = w.shape[w.rank - 1];
  if (wDim === undefined || w.size < 2 * wDim) {
    throw new InvalidArgumentError(`codeStatistics: w: expected [..., wDim] with at least two codes, got [${w.shape}]`);
  }
  const [average, std] = tf.tidy(() => {
    const rows = tf.reshape(w, [-1, wDim]);
    const mean = tf.mean(rows, 0) as tf.Tensor1D; // [wDim]
    const deviation = tf.sqrt(tf.mean(tf.square(tf.sub(rows, mean)), 0)); // [wDim]
    const smallest = tf.maximum(tf.mul(tf.mean(deviation), floor), 1e-8);
    return [mean, tf.maximum(deviation, smallest) as tf.Tensor1D];
  });
  return { average, std };
}
