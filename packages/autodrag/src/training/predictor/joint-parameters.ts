import {
  channelStatistics,
  createLatentPredictorParameters,
  createMotionFieldParameters,
  heightAndWidth,
  type LatentPredictorConfig,
  type LatentPredictorParameters,
  type MotionFieldParameters,
} from '@autodrag/latent-predictor';
import type { LatentRegularizerParameters } from '@autodrag/latent-regularizer';
import { mapParameters, type Random } from '@autodrag/nn';
import type { Generator } from '@autodrag/stylegan2';
import * as tf from '@tensorflow/tfjs-core';
import { drawCodes } from '../draw-codes.js';

/** What stage 2 trains. */
export type JointParameters = {
  predictor: LatentPredictorParameters;
  regularizer: LatentRegularizerParameters;
  /** Learns from the same motions what the generator does; not needed after the training. */
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
  }: {
    generator: Generator;
    regularizer: LatentRegularizerParameters;
    config: LatentPredictorConfig;
    truncationPsi: number;
  },
): JointParameters {
  const [mapResolution] = heightAndWidth(config.featureResolution);
  const codes = drawCodes(random.fork('statistics'), generator, 4096, { truncationPsi });
  const sample = tf.slice(codes, [0, 0, 0], [64, -1, -1]);
  const map = generator.features(sample, mapResolution, { noise: 'none' }).features[mapResolution]!;
  const statistics = { codes: channelStatistics(codes), features: channelStatistics(map) };
  const predictor = createLatentPredictorParameters(random.fork('initial'), config, statistics);
  const field = createMotionFieldParameters(random.fork('field'), config, statistics.codes);
  tf.dispose([codes, sample, map, ...Object.values(statistics).flatMap(({ average, std }) => [average, std])]);
  return { predictor, field, regularizer: mapParameters(regularizer, (tensor) => tf.clone(tensor)) };
}
