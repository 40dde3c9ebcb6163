import {
  heightAndWidth,
  type LatentPredictorConfig,
  latentPredictorConfig,
  type Resolution,
} from '@autodrag/latent-predictor';
import { blockSize, channelsAt, type Generator, numWs } from '@autodrag/stylegan2';

/**
 * A predictor for this generator: on the features at 64x64, where a face still has its parts and a map is cheap, and narrower and
 * shallower than `compact`, so that an hour on two processor cores is enough to train it.
 *
 * @param sizes replace those of the default
 */
export function defaultPredictorConfig(
  generator: Generator,
  sizes: Partial<LatentPredictorConfig> = {},
): LatentPredictorConfig {
  const { config } = generator;
  const [block] = heightAndWidth(sizes.featureResolution ?? Math.min(64, config.resolution));
  const sides = (height: number): Resolution => {
    const [, width] = blockSize(config, height);
    return width === height ? height : [height, width];
  };
  return latentPredictorConfig('compact', {
    numWs: numWs(config),
    wDim: config.wDim,
    imageResolution: sides(config.resolution),
    featureChannels: channelsAt(config, block),
    width: 128,
    heads: 4,
    feedForward: 512,
    encoderLayers: 2,
    decoderLayers: 4,
    ...sizes,
    featureResolution: sides(block),
  });
}
