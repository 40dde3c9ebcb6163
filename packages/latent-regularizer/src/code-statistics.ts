import { type ChannelStatistics, type ChannelStatisticsOptions, channelStatistics } from '@autodrag/nn';
import type * as tf from '@tensorflow/tfjs-core';

/** Per-channel average and standard deviation of latent codes; the space `(w - average) / std` is "standardised". */
export type CodeStatistics = ChannelStatistics;

export type CodeStatisticsOptions = Pick<ChannelStatisticsOptions, 'floor'>;

/**
 * Statistics of a sample of codes, over every axis but the last.
 *
 * @param w `[..., wDim]`, some thousand codes from the generator's mapping network
 */
export function codeStatistics(w: tf.Tensor, { floor }: CodeStatisticsOptions = {}): CodeStatistics {
  return channelStatistics(w, { floor, where: 'codeStatistics: w' });
}
