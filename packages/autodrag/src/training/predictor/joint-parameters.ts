import {
  createLatentPredictorParameters,
  createMotionFieldParameters,
  heightAndWidth,
  type LatentPredictorConfig,
  type LatentPredictorParameters,
  type MotionFieldParameters,
} from '@autodrag/latent-predictor';
import type { LatentRegularizerParameters } from '@autodrag/latent-regularizer';
import { disposeParameters, mapParameters, type Random } from '@autodrag/nn';
import type { Generator } from '@autodrag/stylegan2';
import * as tf from '@tensorflow/tfjs-core';
import { generatorStatistics } from '../generator-statistics.js';

/** What stage 2 trains. */
export type JointParameters = {
  predictor: LatentPredictorParameters;
  regularizer: LatentRegularizerParameters;
  /** Learns from the same motions what the generator does. */
  field: MotionFieldParameters;
};

/**
 * Fresh parameters of predictor and motion field, and a copy of the regularizer where stage 1 ended.
 *
 * @returns all of it the caller's
 */
export function createJointParameters(
  random: Random,
  {
    generator,
    regularizer,
    config,
    truncationPsi,
    gate,
  }: {
    generator: Generator;
    regularizer: LatentRegularizerParameters;
    config: LatentPredictorConfig;
    truncationPsi: number;
    /** Where the predictor's gate starts; as `createLatentPredictorParameters` has it where it is left out. */
    gate?: number;
  },
): JointParameters {
  const [resolution] = heightAndWidth(config.featureResolution);
  const statistics = generatorStatistics(random.fork('statistics'), generator, { resolution, truncationPsi });
  const predictor = createLatentPredictorParameters(random.fork('initial'), config, statistics, { gate });
  const field = createMotionFieldParameters(random.fork('field'), config, statistics.codes);
  disposeParameters(statistics);
  return { predictor, field, regularizer: mapParameters(regularizer, (tensor) => tf.clone(tensor)) };
}
