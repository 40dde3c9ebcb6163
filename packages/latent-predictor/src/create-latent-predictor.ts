import { disposeParameters, matchShape } from '@autodrag/nn';
import * as tf from '@tensorflow/tfjs-core';
import { checkedLatentPredictorConfig, type LatentPredictorConfig } from './config.js';
import { encodeMemory, type MemoryInput, type PredictorMemory } from './encode-memory.js';
import { joinCodes } from './join-codes.js';
import type { LatentPredictorParameters } from './parameters.js';
import { predictFreeRunning } from './predict-free-running.js';
import { type RolloutInput, type RolloutOptions, rollout } from './rollout.js';

export type LatentPredictor = {
  readonly config: LatentPredictorConfig;
  readonly parameters: LatentPredictorParameters;
  /** Encodes a feature map and points. */
  encode(input: MemoryInput): PredictorMemory;
  /** The codes of a drag step by step, see `rollout`. */
  rollout(input: RolloutInput, options?: RolloutOptions): AsyncGenerator<tf.Tensor3D, void, undefined>;
  /** The codes of a drag at once, ŵ_1 … ŵ_n: `[B, steps, numWs, wDim]`. */
  predict(input: RolloutInput, options?: Omit<RolloutOptions, 'signal'>): tf.Tensor4D;
  /** Disposes the parameters. */
  dispose(): void;
};

/** A predictor that owns its parameters from now on. */
export function createLatentPredictor(
  config: LatentPredictorConfig,
  parameters: LatentPredictorParameters,
): LatentPredictor {
  const checked = checkedLatentPredictorConfig(config, 'createLatentPredictor');
  return {
    config: checked,
    parameters,
    encode: (input) => encodeMemory(parameters, checked, input),
    rollout: (input, options) => rollout(parameters, checked, input, options),
    predict: ({ w, ...points }, { steps = checked.steps, regularize } = {}) => {
      const { B } = matchShape(w.shape, ['B', checked.numWs, checked.wDim], 'predict: w');
      return tf.tidy(() => {
        const start = tf.slice(w, [0, 0, 0], [B, checked.editedLayers, checked.wDim]);
        const codes = predictFreeRunning(parameters, checked, encodeMemory(parameters, checked, points), start, {
          steps,
          regularization: regularize && { regularize, w },
        });
        return joinCodes(codes, w);
      });
    },
    dispose: () => disposeParameters(parameters),
  };
}
