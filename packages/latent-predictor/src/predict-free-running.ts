import { InvalidArgumentError, matchShape, type Random } from '@autodrag/nn';
import * as tf from '@tensorflow/tfjs-core';
import type { LatentPredictorConfig } from './config.js';
import { codesOfTokens, queryTokens, type Regularization } from './decode-codes.js';
import { decodeStep, startDecoding } from './decode-step.js';
import type { PredictorMemory } from './encode-memory.js';
import type { LatentPredictorParameters } from './parameters.js';
import { checkSteps } from './predict-teacher-forced.js';

/** Scheduled sampling: now and then a true code is fed instead of the prediction. */
export type Teacher = {
  /** `[B, steps, editedLayers, wDim]`, the true w_0 … w_(n-1) */
  codes: tf.Tensor4D;
  /** Chance, for each sample and step, that the true code is fed: 1 is teacher forcing, 0 free running. */
  probability: number;
  random: Random;
};

export type PredictFreeRunningOptions = {
  /** Number of codes to predict; by default the longest sequence of the model. */
  steps?: number;
  /** The Latent Regularizer; without it predictions stay as they are. */
  regularization?: Regularization;
  teacher?: Teacher;
};

/**
 * The predictions of w_1 … w_n, each from the earlier *predictions*, as at inference. Differentiable; keys and values
 * of earlier steps are computed once.
 *
 * @param start `[B, editedLayers, wDim]`, the edited layers of w_0
 * @returns `[B, steps, editedLayers, wDim]`
 */
export function predictFreeRunning(
  parameters: LatentPredictorParameters,
  config: LatentPredictorConfig,
  memory: PredictorMemory,
  start: tf.Tensor3D,
  { steps = config.steps, regularization, teacher }: PredictFreeRunningOptions = {},
): tf.Tensor4D {
  const { editedLayers, wDim, heads, numWs } = config;
  const { B } = matchShape(memory.tokens.shape, ['B', 'S', config.width], 'predictFreeRunning: memory.tokens');
  matchShape(start.shape, [B, editedLayers, wDim], 'predictFreeRunning: start');
  checkSteps(steps, config, 'predictFreeRunning');
  if (regularization !== undefined) {
    matchShape(regularization.w.shape, [B, numWs, wDim], 'predictFreeRunning: regularization.w');
  }
  if (teacher !== undefined) {
    matchShape(teacher.codes.shape, [B, steps, editedLayers, wDim], 'predictFreeRunning: teacher.codes');
    if (!(teacher.probability >= 0 && teacher.probability <= 1)) {
      throw new InvalidArgumentError(
        `predictFreeRunning: teacher.probability: expected 0 to 1, got ${teacher.probability}`,
      );
    }
  }
  return tf.tidy(() => {
    const first = tf.expandDims(start, 1); // [B, 1, E, wDim]
    let state = startDecoding(parameters.decoder, memory.tokens, heads);
    let code: tf.Tensor = first;
    const predictions: tf.Tensor4D[] = [];
    for (let i = 0; i < steps; i++) {
      const tokens = queryTokens(parameters, config, code, first, i);
      const decoded = decodeStep(parameters.decoder, tokens, state, { heads, memoryMask: memory.mask });
      state = decoded.state;
      const next = codesOfTokens(parameters, config, decoded.output, code, regularization);
      predictions.push(next);
      if (i < steps - 1) code = fedCode(next, i + 1, teacher);
    }
    return predictions.length === 1 ? predictions[0]! : tf.concat(predictions, 1);
  });
}

function fedCode(prediction: tf.Tensor4D, step: number, teacher?: Teacher): tf.Tensor {
  if (teacher === undefined || teacher.probability === 0) return prediction;
  const [batch, , layers, channels] = prediction.shape;
  const chosen = Float32Array.from({ length: batch }, () => (teacher.random.uniform() < teacher.probability ? 1 : 0));
  const truth = tf.slice(teacher.codes, [0, step, 0, 0], [batch, 1, layers, channels]);
  const share = tf.tensor4d(chosen, [batch, 1, 1, 1]);
  return tf.add(tf.mul(truth, share), tf.mul(prediction, tf.sub(1, share)));
}
