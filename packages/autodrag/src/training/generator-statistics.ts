import { type ChannelStatistics, channelStatistics, type Random } from '@autodrag/nn';
import type { Generator } from '@autodrag/stylegan2';
import * as tf from '@tensorflow/tfjs-core';
import { drawCodes } from './draw-codes.js';

/**
 * Average and spread of a generator's codes, over 4096 of them, and of one of its feature maps, over 64 pictures.
 *
 * @param random advanced by the call
 * @param options `resolution`: height of the feature map
 * @returns of each channel, the caller's
 */
export function generatorStatistics(
  random: Random,
  generator: Generator,
  { resolution, truncationPsi }: { resolution: number; truncationPsi: number },
): { codes: ChannelStatistics; features: ChannelStatistics } {
  const codes = drawCodes(random, generator, 4096, { truncationPsi });
  const sample = tf.slice(codes, [0, 0, 0], [64, -1, -1]);
  const map = generator.features(sample, resolution, { noise: 'none' }).features[resolution]!;
  const statistics = { codes: channelStatistics(codes), features: channelStatistics(map) };
  tf.dispose([codes, sample, map]);
  return statistics;
}
