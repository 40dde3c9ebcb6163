import {
  channelStatistics,
  createLatentPredictor,
  createLatentPredictorParameters,
  type LatentPredictor,
  latentPredictorConfig,
} from '@autodrag/latent-predictor';
import {
  createLatentRegularizer,
  createLatentRegularizerParameters,
  type LatentRegularizer,
  latentRegularizerConfig,
} from '@autodrag/latent-regularizer';
import { createRandom } from '@autodrag/nn';
import {
  blockSize,
  channelsAt,
  createGenerator,
  createStyleGan2Parameters,
  type Generator,
  numWs,
  type StyleGan2Architecture,
  styleGan2Config,
} from '@autodrag/stylegan2';
import * as tf from '@tensorflow/tfjs-core';

export type TinyModels = { generator: Generator; regularizer: LatentRegularizer; predictor: LatentPredictor };

export type TinyOptions = {
  seed?: number;
  resolution?: number;
  wDim?: number;
  constSize?: [height: number, width: number];
  architecture?: StyleGan2Architecture;
  /** Whether the predictor has a motion field, of random weights. @default false */
  motionField?: boolean;
};

/**
 * Models of a few thousand random weights that fit one another: 32 × 32 pixels (32 × 16 with a constant of 4 × 2),
 * eight layers of w.
 */
export function tinyModels({
  seed = 1,
  resolution = 32,
  wDim = 8,
  constSize = [4, 4],
  architecture = 'skip',
  motionField = false,
}: TinyOptions = {}): TinyModels {
  const random = createRandom(seed);
  const config = styleGan2Config({
    resolution,
    constSize,
    architecture,
    zDim: 8,
    wDim,
    mappingLayers: 2,
    mappingLrMultiplier: 1,
    channelBase: 256,
    channelMax: 8,
  });
  const generator = createGenerator(config, createStyleGan2Parameters(random.fork('generator'), config));
  const layers = numWs(config);
  const size = blockSize(config, resolution);
  const sizes = { numWs: layers, wDim, width: 16, heads: 2, feedForward: 16, encoderLayers: 1, decoderLayers: 1 };

  const { codes, features } = tf.tidy(() => {
    const ws = generator.mapping(random.fork('z').normalTensor([8, 8]) as tf.Tensor2D);
    const maps = generator.features(ws, resolution).features[resolution] as tf.Tensor4D;
    return { codes: channelStatistics(ws), features: channelStatistics(maps) } as never as Record<
      'codes' | 'features',
      { average: tf.Tensor1D; std: tf.Tensor1D }
    >;
  });
  const regularizerConfig = latentRegularizerConfig('compact', { ...sizes, editedLayers: 6 });
  const regularizer = createLatentRegularizer(
    regularizerConfig,
    createLatentRegularizerParameters(random.fork('regularizer'), regularizerConfig, codes),
  );
  const predictorConfig = latentPredictorConfig('compact', {
    ...sizes,
    editedLayers: 6,
    imageResolution: size,
    featureResolution: size,
    featureChannels: channelsAt(config, resolution),
    stemChannels: 8,
    patchSize: 3,
    maxPoints: 6,
    ...(motionField && { motionField: { width: 8, blocks: 1 } }),
  });
  const parameters = createLatentPredictorParameters(random.fork('predictor'), predictorConfig, { codes, features });
  // a fresh head leaves codes where they are: this one moves them
  const head = parameters.head.weight;
  const lively = { ...parameters, head: { ...parameters.head, weight: tf.mul(head, 100) as tf.Tensor2D } };
  const { settling } = parameters;
  if (settling) {
    // a fresh field moves nothing, and has no spread
    const { field, spread } = settling;
    const outward = { ...field.head, weight: tf.mul(field.head.weight, 100) as tf.Tensor2D };
    lively.settling = { field: { ...field, head: outward }, spread: tf.tidy(() => tf.mul(tf.eye(wDim), 0.3)) };
    tf.dispose([field.head.weight, spread]);
  }
  tf.dispose([head, codes.average, codes.std, features.average, features.std]);
  return { generator, regularizer, predictor: createLatentPredictor(predictorConfig, lively) };
}
