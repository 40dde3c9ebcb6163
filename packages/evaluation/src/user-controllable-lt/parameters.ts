import {
  type ChannelStatistics,
  createDecoder,
  createEncoder,
  createLinear,
  type DecoderParameters,
  type EncoderParameters,
  type LinearParameters,
  type Random,
} from '@autodrag/nn';
import * as tf from '@tensorflow/tfjs-core';
import type { UserControllableLtConfig } from './config.js';

/** The weights of a UserControllableLT: a tree of tensors. `statistics` is constant: its gradient is always zero. */
export type UserControllableLtParameters = {
  statistics: { codes: ChannelStatistics; features: ChannelStatistics };
  /** `3 -> width / 2`: motion to the right, down, and logarithm of the expansion */
  motion: LinearParameters;
  /** `featureChannels -> width / 2` */
  feature: LinearParameters;
  /** `width -> width`: both together */
  token: LinearParameters;
  encoder: EncoderParameters;
  /** `wDim -> width` */
  code: LinearParameters;
  /** `[editedLayers, width]` */
  positionEmbedding: tf.Tensor2D;
  decoder: DecoderParameters;
  /** `width -> wDim`; starts near zero: a fresh network leaves codes where they are */
  head: LinearParameters;
};

/** Fresh weights. @param statistics of the generator's codes and of the feature map; copied */
export function createUserControllableLtParameters(
  random: Random,
  config: UserControllableLtConfig,
  { codes, features }: UserControllableLtParameters['statistics'],
): UserControllableLtParameters {
  const { wDim, editedLayers, width, heads, feedForward, encoderLayers, decoderLayers, featureChannels } = config;
  const copy = ({ average, std }: ChannelStatistics) => ({ average: tf.clone(average), std: tf.clone(std) });
  return {
    statistics: { codes: copy(codes), features: copy(features) },
    motion: createLinear(random, 3, width / 2),
    feature: createLinear(random, featureChannels, width / 2),
    token: createLinear(random, width, width),
    encoder: createEncoder(random, { layers: encoderLayers, width, heads, feedForward }),
    code: createLinear(random, wDim, width),
    positionEmbedding: random.normalTensor([editedLayers, width], 0.1) as tf.Tensor2D,
    decoder: createDecoder(random, { layers: decoderLayers, width, heads, feedForward }),
    head: createLinear(random, width, wDim, { std: 1e-3 }),
  };
}
