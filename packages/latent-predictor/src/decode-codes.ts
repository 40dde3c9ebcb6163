import { detach, linear } from '@autodrag/nn';
import * as tf from '@tensorflow/tfjs-core';
import type { LatentPredictorConfig } from './config.js';
import type { LatentPredictorParameters } from './parameters.js';

/** Pulls whole codes back into the distribution of real ones, `[N, numWs, wDim] -> [N, numWs, wDim]`. */
export type Regularize = (w: tf.Tensor3D) => tf.Tensor3D;

/** The Latent Regularizer as the predictor sees it; without it (or with a gate of 0) predictions stay as they are. */
export type Regularization = {
  regularize: Regularize;
  /** `[B, numWs, wDim]`: codes whose layers after the edited ones complete the predictions */
  w: tf.Tensor3D;
};

/** How many tokens one step has. */
export function tokensPerStep({ tokens, editedLayers }: LatentPredictorConfig): number {
  return tokens === 'flat' ? 1 : editedLayers;
}

/**
 * Query tokens of consecutive steps.
 *
 * @param codes `[B, T, editedLayers, wDim]`, w_i of the steps `first` to `first + T - 1`
 * @param start `[B, 1, editedLayers, wDim]`, w_0
 * @returns `[B, T tokensPerStep, width]`
 */
export function queryTokens(
  parameters: LatentPredictorParameters,
  config: LatentPredictorConfig,
  codes: tf.Tensor,
  start: tf.Tensor,
  first: number,
): tf.Tensor3D {
  const [batch, steps] = codes.shape as [number, number];
  const { editedLayers, width } = config;
  const std = detach(parameters.statistics.codes.std);
  const place = tf.div(tf.sub(codes, detach(parameters.statistics.codes.average)), std);
  const way = config.queryDisplacement ? tf.div(tf.sub(codes, start), std) : null;
  const input = way === null ? place : tf.concat([place, way], 3); // [B, T, E, wDim or 2 wDim]
  const step = tf.reshape(tf.slice(parameters.stepEmbedding, [first, 0], [steps, width]), [steps, 1, width]);
  const rows = config.tokens === 'flat' ? tf.reshape(input, [batch, steps, 1, -1]) : input;
  const tokens = tf.add(linear(parameters.query, rows), tf.add(step, parameters.layerEmbedding)); // [B, T, E or 1, width]
  return tf.reshape(tokens, [batch, steps * (config.tokens === 'flat' ? 1 : editedLayers), width]) as tf.Tensor3D;
}

/**
 * Predicted codes from the decoder's tokens: the head's residual on the codes that the steps started from, then the
 * gated correction of the regularizer, `y + g (R(y) - y)`.
 *
 * @param tokens `[B, T tokensPerStep, width]`
 * @param codes `[B, T, editedLayers, wDim]`, what the steps started from
 * @returns `[B, T, editedLayers, wDim]`
 */
export function codesOfTokens(
  parameters: LatentPredictorParameters,
  config: LatentPredictorConfig,
  tokens: tf.Tensor,
  codes: tf.Tensor,
  regularization: Regularization | undefined,
): tf.Tensor4D {
  const { numWs, wDim, editedLayers } = config;
  const [batch, steps] = codes.shape as [number, number];
  const residual = tf.reshape(linear(parameters.head, tokens), [batch, steps, editedLayers, wDim]);
  const y = tf.add(codes, tf.mul(residual, detach(parameters.statistics.codes.std)));
  if (regularization === undefined) return y as tf.Tensor4D;

  const total = batch * steps;
  const edited = tf.reshape(y, [total, editedLayers, wDim]);
  const keptLayers = numWs - editedLayers;
  let whole = edited;
  if (keptLayers > 0) {
    const kept = tf.slice(regularization.w, [0, editedLayers, 0], [batch, keptLayers, wDim]);
    const each = steps === 1 ? kept : tf.tile(tf.expandDims(kept, 1), [1, steps, 1, 1]);
    whole = tf.concat([edited, tf.reshape(each, [total, keptLayers, wDim])], 1);
  }
  const restored = tf.slice(regularization.regularize(whole as tf.Tensor3D), [0, 0, 0], [total, editedLayers, wDim]);
  const correction = tf.reshape(tf.sub(restored, edited), [batch, steps, editedLayers, wDim]);
  return tf.add(y, tf.mul(parameters.gate, correction)) as tf.Tensor4D;
}
