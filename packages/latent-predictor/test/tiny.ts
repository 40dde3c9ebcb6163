import { createRandom, type Random } from '@autodrag/nn';
import * as tf from '@tensorflow/tfjs-core';
import { type LatentPredictorConfig, latentPredictorConfig } from '../src/config.js';
import type { MemoryInput } from '../src/encode-memory.js';
import { createLatentPredictorParameters, type LatentPredictorParameters } from '../src/parameters.js';

/** A model small enough for finite differences on the cpu backend. */
export function tinyConfig(overrides: Partial<LatentPredictorConfig> = {}): LatentPredictorConfig {
  return latentPredictorConfig('compact', {
    numWs: 4,
    wDim: 4,
    editedLayers: 2,
    steps: 3,
    featureResolution: 8,
    featureChannels: 3,
    imageResolution: 16,
    memoryGrid: 2,
    patchSize: 3,
    stemChannels: 4,
    width: 8,
    heads: 2,
    feedForward: 8,
    encoderLayers: 1,
    decoderLayers: 2,
    fourierFrequencies: 2,
    ...overrides,
  });
}

/** Parameters whose head and embeddings are large enough to matter, and statistics that are not the trivial ones. */
export function tinyParameters(config: LatentPredictorConfig, seed = 1): LatentPredictorParameters {
  const random = createRandom(seed);
  const statistics = {
    codes: { average: random.normalTensor([config.wDim]) as tf.Tensor1D, std: positive(random, config.wDim) },
    features: {
      average: random.normalTensor([config.featureChannels]) as tf.Tensor1D,
      std: positive(random, config.featureChannels),
    },
  };
  const parameters = createLatentPredictorParameters(random, config, statistics, { gate: 0.5 });
  tf.dispose([statistics.codes, statistics.features]);
  const weight = random.normalTensor(parameters.head.weight.shape, 0.3) as tf.Tensor2D;
  parameters.head.weight.dispose();
  return { ...parameters, head: { ...parameters.head, weight } };
}

function positive(random: Random, size: number): tf.Tensor1D {
  return tf.tensor1d(Array.from({ length: size }, () => 0.5 + random.uniform()));
}

/** Features and points for a batch; the last point of the first drag is padding. */
export function tinyInput(
  config: LatentPredictorConfig,
  { batch = 2, points = 3, maps, seed = 2 }: { batch?: number; points?: number; maps?: number; seed?: number } = {},
): Required<MemoryInput> & { w: tf.Tensor3D } {
  const random = createRandom(seed);
  const place = () => random.uniformTensor([batch, points, 2], 0, 15) as tf.Tensor3D;
  const mask = new Float32Array(batch * points).fill(1);
  mask[points - 1] = 0;
  const [h, w] = [config.featureResolution, config.featureResolution].map(Number) as [number, number];
  return {
    features: random.normalTensor([maps ?? batch, h, w, config.featureChannels]) as tf.Tensor4D,
    handles: place(),
    targets: place(),
    pointMask: tf.tensor2d(mask, [batch, points]),
    w: random.normalTensor([batch, config.numWs, config.wDim]) as tf.Tensor3D,
  };
}
