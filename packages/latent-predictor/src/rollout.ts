import { createDecoderCache, type DecoderCache, decoder, matchShape } from '@autodrag/nn';
import * as tf from '@tensorflow/tfjs-core';
import type { LatentPredictorConfig } from './config.js';
import { codesOfTokens, queryTokens, type Regularize } from './decode-codes.js';
import { encodeMemory, type MemoryInput, type PredictorMemory } from './encode-memory.js';
import { joinCodes } from './join-codes.js';
import type { LatentPredictorParameters } from './parameters.js';
import { checkSteps } from './predict-teacher-forced.js';

export type RolloutInput = MemoryInput & {
  /** `[B, numWs, wDim]`: w_0, the code whose features these are */
  w: tf.Tensor3D;
};

export type RolloutOptions = {
  /** Number of codes; by default the longest sequence of the model. */
  steps?: number;
  /** The Latent Regularizer; without it predictions stay as they are. */
  regularize?: Regularize;
  /** Ends the rollout before the next step: the generator throws the signal's reason. */
  signal?: AbortSignal;
};

/**
 * The codes of a drag, step by step: ŵ_1 … ŵ_n. The memory is encoded once, keys and values of earlier steps are
 * cached. Nothing stays behind when the consumer stops early; the inputs must stay alive until the end.
 *
 * @returns codes `[B, numWs, wDim]`, each the consumer's to dispose
 */
export async function* rollout(
  parameters: LatentPredictorParameters,
  config: LatentPredictorConfig,
  { w, ...points }: RolloutInput,
  { steps = config.steps, regularize, signal }: RolloutOptions = {},
): AsyncGenerator<tf.Tensor3D, void, undefined> {
  const { editedLayers, wDim, numWs, heads } = config;
  const { B } = matchShape(w.shape, ['B', numWs, wDim], 'rollout: w');
  matchShape(points.handles.shape, [B, 'P', 2], 'rollout: handles');
  checkSteps(steps, config, 'rollout');
  signal?.throwIfAborted();
  const regularization = regularize && { regularize, w };

  let memory: PredictorMemory | undefined;
  let cache: DecoderCache | undefined;
  let code: tf.Tensor4D | undefined; // [B, 1, E, wDim]: what the next step starts from
  let start: tf.Tensor4D | undefined;
  try {
    memory = encodeMemory(parameters, config, points);
    cache = createDecoderCache(parameters.decoder, memory.tokens, { heads });
    memory.tokens.dispose();
    start = tf.tidy(() => tf.expandDims(tf.slice(w, [0, 0, 0], [B, editedLayers, wDim]), 1)) as tf.Tensor4D;
    code = tf.clone(start);
    for (let i = 0; i < steps; i++) {
      signal?.throwIfAborted();
      const from: tf.Tensor4D = code;
      const next: tf.Tensor4D = tf.tidy(() => {
        const tokens = queryTokens(parameters, config, from, start!, i);
        const decoded = decoder(parameters.decoder, tokens, null, { heads, memoryMask: memory!.mask, cache: cache! });
        return codesOfTokens(parameters, config, decoded, from, regularization);
      });
      code = next;
      from.dispose();
      yield tf.tidy(() => tf.reshape(joinCodes(next, w), [B, numWs, wDim])) as tf.Tensor3D;
    }
  } finally {
    cache?.dispose();
    tf.dispose([memory?.tokens ?? [], memory?.mask ?? [], start ?? [], code ?? []]);
  }
}
