import { type ChannelStatistics, InvalidArgumentError, matchShape, type Random } from '@autodrag/nn';
import * as tf from '@tensorflow/tfjs-core';
import type { LatentPredictorConfig } from './config.js';
import { createMotionFieldParameters, type MotionFieldParameters } from './motion-field.js';
import { choleskyFactor } from './positive-matrix.js';

/** What a drag is settled by after the predictor, see `createSettlingOnHost`: a tree of tensors. */
export type SettlingParameters = {
  /** What the generator does to the points of a picture whose code moves. */
  field: MotionFieldParameters;
  /** `[wDim, wDim]`, see `codeSpread`: constant. */
  spread: tf.Tensor2D;
};

/** Fresh weights, to be filled. @param statistics of codes; copied */
export function createSettlingParameters(
  random: Random,
  config: LatentPredictorConfig,
  statistics: ChannelStatistics,
): SettlingParameters {
  const { wDim, motionField } = config;
  if (!motionField) throw new InvalidArgumentError('createSettlingParameters: this configuration has no motion field');
  const field = createMotionFieldParameters(random, config, statistics, motionField);
  return { field, spread: tf.zeros([wDim, wDim]) };
}

/**
 * How codes of random pictures spread: the lower Cholesky factor L of their covariance. `L u` with u about normal is
 * how far such codes are from one another, so |u|² tells how unusual a change is.
 *
 * @param codes `[N, wDim]`, more than wDim of them
 * @returns `[wDim, wDim]`, the caller's
 */
export function codeSpread(codes: tf.Tensor2D): tf.Tensor2D {
  const { N, wDim } = matchShape(codes.shape, ['N', 'wDim'], 'codeSpread: codes') as { N: number; wDim: number };
  const covariance = tf.tidy(() => {
    const centred = tf.sub(codes, tf.mean(codes, 0, true)) as tf.Tensor2D;
    return tf.div(tf.matMul(centred, centred, true), N).dataSync();
  });
  let trace = 0;
  for (let i = 0; i < wDim; i++) trace += covariance[i * wDim + i]!;
  // of fewer directions than channels, the others get a little
  const least = (1e-4 * trace) / wDim + Number.MIN_VALUE;
  const factor = choleskyFactor(
    Float64Array.from(covariance, (value, k) => (k % (wDim + 1) === 0 ? value + least : value)),
    wDim,
  );
  return tf.tensor2d(Float32Array.from(factor), [wDim, wDim]);
}
