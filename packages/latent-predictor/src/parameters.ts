import {
  type ChannelStatistics,
  createDecoder,
  createEncoder,
  createLinear,
  type DecoderParameters,
  type EncoderParameters,
  type LinearParameters,
  matchShape,
  type Random,
} from '@autodrag/nn';
import * as tf from '@tensorflow/tfjs-core';
import { checkedLatentPredictorConfig, type LatentPredictorConfig, stemGrid } from './config.js';
import { createSettlingParameters, type SettlingParameters } from './settling.js';

/** What the predictor knows of its generator. */
export type PredictorStatistics = {
  /** Of latent codes, `[wDim]`. */
  codes: ChannelStatistics;
  /** Of the feature map, `[featureChannels]`. */
  features: ChannelStatistics;
};

/** A 3 x 3 convolution: weight `[3, 3, in, out]`, bias `[out]`. */
export type ConvolutionParameters = { weight: tf.Tensor4D; bias: tf.Tensor1D };

/** The weights of a Latent Predictor: a tree of tensors. `statistics` is constant: its gradient is always zero. */
export type LatentPredictorParameters = {
  statistics: PredictorStatistics;
  /** Convolutions from the feature map to the token grid. */
  stem: readonly ConvolutionParameters[];
  /** `patchSize^2 featureChannels -> width` */
  patch: LinearParameters;
  /** Fourier features of a token's own position `-> width`; for grid and point tokens alike. */
  position: LinearParameters;
  /** Fourier features of the other end of a drag and of the displacement `-> width`; for point tokens. */
  pair: LinearParameters;
  /** `[2, width]`: handle, target */
  role: tf.Tensor2D;
  encoder: EncoderParameters;
  query: LinearParameters;
  /** `[editedLayers, width]`, or `[1, width]` for flat tokens */
  layerEmbedding: tf.Tensor2D;
  /** `[steps, width]` */
  stepEmbedding: tf.Tensor2D;
  decoder: DecoderParameters;
  /** `width -> wDim`, or `-> editedLayers wDim` for flat tokens */
  head: LinearParameters;
  /** `[1]`: the share g of the regularizer's correction that is applied */
  gate: tf.Tensor1D;
  /** What a drag is settled by; left out where the configuration has no motion field. */
  settling?: SettlingParameters;
};

export type CreateLatentPredictorParametersOptions = {
  /**
   * Where the gate of the regularizer starts.
   * @default 0.1
   */
  gate?: number;
};

/**
 * Fresh weights. The head starts near zero: a fresh predictor leaves codes where they are.
 *
 * @param statistics of the generator's codes and feature map, see `channelStatistics`; copied
 */
export function createLatentPredictorParameters(
  random: Random,
  config: LatentPredictorConfig,
  statistics: PredictorStatistics,
  { gate = 0.1 }: CreateLatentPredictorParametersOptions = {},
): LatentPredictorParameters {
  const where = 'createLatentPredictorParameters';
  const checked = checkedLatentPredictorConfig(config, where);
  const { wDim, editedLayers, steps, featureChannels, patchSize, stemChannels, width, heads, feedForward } = checked;
  matchShape(statistics.codes.average.shape, [wDim], `${where}: statistics.codes.average`);
  matchShape(statistics.codes.std.shape, [wDim], `${where}: statistics.codes.std`);
  matchShape(statistics.features.average.shape, [featureChannels], `${where}: statistics.features.average`);
  matchShape(statistics.features.std.shape, [featureChannels], `${where}: statistics.features.std`);

  const convolutions = Math.max(1, stemGrid(checked).halvings);
  const stem: ConvolutionParameters[] = [];
  for (let k = 0; k < convolutions; k++) {
    const from = k === 0 ? featureChannels : stemChannels;
    const to = k === convolutions - 1 ? width : stemChannels;
    const gain = k === 0 ? 1 : Math.SQRT2; // the inputs of the later ones went through a rectifier
    stem.push({
      weight: random.normalTensor([3, 3, from, to], gain / Math.sqrt(9 * from)) as tf.Tensor4D,
      bias: tf.zeros([to]),
    });
  }
  const position = 2 * (1 + 2 * checked.fourierFrequencies);
  const layers = checked.tokens === 'flat' ? 1 : editedLayers;
  const channels = checked.tokens === 'flat' ? editedLayers * wDim : wDim;
  return {
    statistics: {
      codes: { average: tf.clone(statistics.codes.average), std: tf.clone(statistics.codes.std) },
      features: { average: tf.clone(statistics.features.average), std: tf.clone(statistics.features.std) },
    },
    stem,
    patch: createLinear(random, patchSize * patchSize * featureChannels, width),
    // As strong as the patch: of the Fourier features of a coordinate, the first ones carry nearly all.
    position: createLinear(random, position, width, { std: Math.SQRT1_2 }),
    pair: createLinear(random, 2 * position, width, { std: 0.5 }),
    role: random.normalTensor([2, width], 0.5) as tf.Tensor2D,
    encoder: createEncoder(random, { layers: checked.encoderLayers, width, heads, feedForward }),
    query: createLinear(random, (checked.queryDisplacement ? 2 : 1) * channels, width),
    layerEmbedding: random.normalTensor([layers, width], 0.5) as tf.Tensor2D,
    stepEmbedding: random.normalTensor([steps, width], 0.5) as tf.Tensor2D,
    decoder: createDecoder(random, { layers: checked.decoderLayers, width, heads, feedForward }),
    head: createLinear(random, width, channels, { std: 1e-3 }),
    gate: tf.fill([1], gate) as tf.Tensor1D,
    ...(checked.motionField && { settling: createSettlingParameters(random, checked, statistics.codes) }),
  };
}
