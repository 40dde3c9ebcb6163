import { blockCausalMask, decoder, InvalidArgumentError, matchShape } from '@autodrag/nn';
import * as tf from '@tensorflow/tfjs-core';
import type { LatentPredictorConfig } from './config.js';
import { codesOfTokens, queryTokens, type Regularization, tokensPerStep } from './decode-codes.js';
import type { PredictorMemory } from './encode-memory.js';
import type { LatentPredictorParameters } from './parameters.js';

export type PredictTeacherForcedOptions = {
  /** The Latent Regularizer; without it predictions stay as they are. */
  regularization?: Regularization;
};

/**
 * The predictions of w_1 … w_n from the true w_0 … w_(n-1), all steps in one pass: a step attends to itself and to
 * earlier ones (Eq. 8-11).
 *
 * @param codes `[B, n, editedLayers, wDim]`, the true w_0 … w_(n-1)
 * @returns `[B, n, editedLayers, wDim]`
 */
export function predictTeacherForced(
  parameters: LatentPredictorParameters,
  config: LatentPredictorConfig,
  memory: PredictorMemory,
  codes: tf.Tensor4D,
  { regularization }: PredictTeacherForcedOptions = {},
): tf.Tensor4D {
  const { B } = matchShape(memory.tokens.shape, ['B', 'S', config.width], 'predictTeacherForced: memory.tokens');
  const { n } = matchShape(codes.shape, [B, 'n', config.editedLayers, config.wDim], 'predictTeacherForced: codes');
  checkSteps(n, config, 'predictTeacherForced');
  if (regularization !== undefined) {
    matchShape(regularization.w.shape, [B, config.numWs, config.wDim], 'predictTeacherForced: regularization.w');
  }
  return tf.tidy(() => {
    const start = tf.slice(codes, [0, 0, 0, 0], [B, 1, config.editedLayers, config.wDim]);
    const tokens = decoder(parameters.decoder, queryTokens(parameters, config, codes, start, 0), memory.tokens, {
      heads: config.heads,
      selfMask: blockCausalMask(n, tokensPerStep(config)),
      memoryMask: memory.mask,
    });
    return codesOfTokens(parameters, config, tokens, codes, regularization);
  });
}

/** @throws InvalidArgumentError unless the model has an embedding for each of the steps */
export function checkSteps(steps: number, config: LatentPredictorConfig, where: string): void {
  if (!Number.isInteger(steps) || steps < 1 || steps > config.steps) {
    throw new InvalidArgumentError(
      `${where}: steps: expected 1 to ${config.steps}, the longest sequence of this model, got ${steps}`,
    );
  }
}
