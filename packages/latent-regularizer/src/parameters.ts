import {
  createDecoder,
  createEncoder,
  createLinear,
  createMlp,
  type DecoderParameters,
  type EncoderParameters,
  type LinearParameters,
  type MlpParameters,
  matchShape,
  type Random,
} from '@autodrag/nn';
import * as tf from '@tensorflow/tfjs-core';
import type { CodeStatistics } from './code-statistics.js';
import { checkedLatentRegularizerConfig, type LatentRegularizerConfig } from './config.js';

/** The weights of a Latent Regularizer: a tree of tensors. `statistics` is constant: its gradient is always zero. */
export type LatentRegularizerParameters = {
  statistics: CodeStatistics;
  /** The MLP of the edited layers, `wDim -> width`. */
  keys: MlpParameters;
  /** `[editedLayers, width]` */
  layerEmbedding: tf.Tensor2D;
  /** `[editedLayers, width]` */
  positionEmbedding: tf.Tensor2D;
  /** The evidence of the clean layers; absent where every layer is edited. */
  clean?: {
    /** `wDim -> width` */
    projection: LinearParameters;
    /** Over the token axis, `numWs - editedLayers -> editedLayers`. */
    mixer: MlpParameters;
  };
  encoder: EncoderParameters;
  decoder: DecoderParameters;
  /** `width -> wDim` */
  head: LinearParameters;
  /** `width -> wDim`: how much of each value is replaced; only where the output is gated. */
  gate?: LinearParameters;
};

/**
 * Fresh weights. With a residual output the head starts near zero: a fresh regularizer is nearly the identity.
 *
 * @param statistics of the generator's codes, see `codeStatistics`; copied
 */
export function createLatentRegularizerParameters(
  random: Random,
  config: LatentRegularizerConfig,
  statistics: CodeStatistics,
): LatentRegularizerParameters {
  const { numWs, wDim, editedLayers, width, heads, feedForward, encoderLayers, decoderLayers, output } =
    checkedLatentRegularizerConfig(config, 'createLatentRegularizerParameters');
  matchShape(statistics.average.shape, [wDim], 'createLatentRegularizerParameters: statistics.average');
  matchShape(statistics.std.shape, [wDim], 'createLatentRegularizerParameters: statistics.std');
  const cleanLayers = numWs - editedLayers;
  return {
    statistics: { average: tf.clone(statistics.average), std: tf.clone(statistics.std) },
    keys: createMlp(random, [wDim, width, width]),
    layerEmbedding: random.normalTensor([editedLayers, width], 0.1) as tf.Tensor2D,
    positionEmbedding: random.normalTensor([editedLayers, width], 0.1) as tf.Tensor2D,
    ...(cleanLayers > 0 && {
      clean: {
        projection: createLinear(random, wDim, width),
        mixer: createMlp(random, [cleanLayers, 4 * editedLayers, editedLayers]),
      },
    }),
    encoder: createEncoder(random, { layers: encoderLayers, width, heads, feedForward }),
    decoder: createDecoder(random, { layers: decoderLayers, width, heads, feedForward }),
    head: createLinear(random, width, wDim, output === 'residual' ? { std: 1e-3 } : {}),
    ...(output === 'gated' && { gate: createLinear(random, width, wDim, { std: 1e-2 }) }),
  };
}
