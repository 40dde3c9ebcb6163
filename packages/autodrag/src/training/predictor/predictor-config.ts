import {
  heightAndWidth,
  type LatentPredictorConfig,
  latentPredictorConfig,
  type Resolution,
} from '@autodrag/latent-predictor';
import { defaultSettings, oneOf, setting, wholeNumber } from '@autodrag/nn/training';
import { blockSize, channelsAt, type Generator, numWs } from '@autodrag/stylegan2';

/**
 * The sizes of a predictor that one may want to change; they are stored with its weights. Narrower and shallower than
 * `compact`, so that an hour on two processor cores is enough to train it, and on the features at 64x64, where a face
 * still has its parts and a map is cheap.
 */
export const predictorSizes = {
  tokens: setting(oneOf('layer', 'flat'), 'layer', 'a token for every edited layer of a step, or one in all'),
  width: setting(wholeNumber(1), 128, 'of the transformer; a multiple of heads'),
  heads: setting(wholeNumber(1), 4, 'of attention'),
  feedForward: setting(wholeNumber(1), 512, 'hidden features of each feed-forward block'),
  encoderLayers: setting(wholeNumber(1), 2, 'layers over the picture and the points'),
  decoderLayers: setting(wholeNumber(1), 4, 'layers over the codes'),
  memoryGrid: setting(wholeNumber(1), 8, 'the longer side of the token grid that the feature map becomes'),
  featureResolution: setting(wholeNumber(4), 64, 'height of the feature map that is read, at most the picture’s'),
};

/**
 * A predictor for this generator.
 *
 * @param sizes replace those of `predictorSizes`, and of the preset `compact` beyond them
 */
export function defaultPredictorConfig(
  generator: Generator,
  sizes: Partial<LatentPredictorConfig> = {},
): LatentPredictorConfig {
  const { config } = generator;
  const defaults = defaultSettings(predictorSizes);
  const [wanted] = heightAndWidth(sizes.featureResolution ?? defaults.featureResolution);
  const block = Math.min(wanted, config.resolution);
  const sides = (height: number): Resolution => {
    const [, width] = blockSize(config, height);
    return width === height ? height : [height, width];
  };
  return latentPredictorConfig('compact', {
    ...defaults,
    numWs: numWs(config),
    wDim: config.wDim,
    imageResolution: sides(config.resolution),
    featureChannels: channelsAt(config, block),
    ...sizes,
    featureResolution: sides(block),
  });
}
