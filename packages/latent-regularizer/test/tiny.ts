import { createRandom } from '@autodrag/nn';
import * as tf from '@tensorflow/tfjs-core';
import type { CodeStatistics } from '../src/code-statistics.js';
import { type LatentRegularizerConfig, latentRegularizerConfig } from '../src/config.js';
import { createLatentRegularizerParameters, type LatentRegularizerParameters } from '../src/parameters.js';

/** A model small enough for finite differences on the cpu backend. */
export function tinyConfig(overrides: Partial<LatentRegularizerConfig> = {}): LatentRegularizerConfig {
  return latentRegularizerConfig('compact', {
    numWs: 5,
    wDim: 4,
    editedLayers: 2,
    width: 8,
    heads: 2,
    feedForward: 8,
    encoderLayers: 1,
    decoderLayers: 1,
    ...overrides,
  });
}

/** Statistics that are not the trivial ones. */
export function tinyStatistics(wDim = 4): CodeStatistics {
  return {
    average: tf.tensor1d(Array.from({ length: wDim }, (_, k) => Math.sin(k + 1))),
    std: tf.tensor1d(Array.from({ length: wDim }, (_, k) => 1 + 0.5 * Math.cos(k))),
  };
}

/** Parameters whose head is large enough to matter. */
export function tinyParameters(config: LatentRegularizerConfig, seed = 1): LatentRegularizerParameters {
  const random = createRandom(seed);
  const statistics = tinyStatistics(config.wDim);
  const parameters = createLatentRegularizerParameters(random, config, statistics);
  tf.dispose([statistics.average, statistics.std, parameters.head.weight]);
  return {
    ...parameters,
    head: { ...parameters.head, weight: random.normalTensor(parameters.head.weight.shape, 0.3) as tf.Tensor2D },
  };
}
