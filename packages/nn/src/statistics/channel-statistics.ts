import * as tf from '@tensorflow/tfjs-core';
import { InvalidArgumentError } from '../errors/errors.js';

export type ChannelStatisticsOptions = {
  /**
   * Smallest standard deviation of a channel, as a fraction of the mean one: a dead channel must not turn rounding
   * errors into large standardised values.
   * @default 0.001
   */
  floor?: number;
  /** Function and argument, put in front of a message. @default 'channelStatistics: x' */
  where?: string;
};

/** Average and standard deviation of each channel. */
export type ChannelStatistics = {
  /** `[C]` */
  average: tf.Tensor1D;
  /** `[C]`, positive */
  std: tf.Tensor1D;
};

/**
 * Statistics over every axis but the last: of latent codes `[..., wDim]`, or of feature maps `[N, h, w, C]`.
 *
 * @param x `[..., C]`
 * @throws InvalidArgumentError if there are not at least two rows
 */
export function channelStatistics(
  x: tf.Tensor,
  { floor = 1e-3, where = 'channelStatistics: x' }: ChannelStatisticsOptions = {},
): ChannelStatistics {
  const channels = x.shape[x.rank - 1];
  if (channels === undefined || x.size < 2 * channels) {
    throw new InvalidArgumentError(`${where}: expected [..., C] with at least two rows, got [${x.shape}]`);
  }
  const [average, std] = tf.tidy(() => {
    const rows = tf.reshape(x, [-1, channels]);
    const mean = tf.mean(rows, 0) as tf.Tensor1D; // [C]
    const deviation = tf.sqrt(tf.mean(tf.square(tf.sub(rows, mean)), 0)); // [C]
    const smallest = tf.maximum(tf.mul(tf.mean(deviation), floor), 1e-8);
    return [mean, tf.maximum(deviation, smallest) as tf.Tensor1D];
  });
  return { average, std };
}
