import { disposeParameters } from '@autodrag/nn';
import type * as tf from '@tensorflow/tfjs-core';
import { checkedLatentRegularizerConfig, type LatentRegularizerConfig } from './config.js';
import { latentRegularizer } from './latent-regularizer.js';
import type { LatentRegularizerParameters } from './parameters.js';

export type LatentRegularizer = {
  readonly config: LatentRegularizerConfig;
  readonly parameters: LatentRegularizerParameters;
  /** `[B, numWs, wDim] -> [B, numWs, wDim]`: the codes with their edited layers restored. */
  restore(w: tf.Tensor3D): tf.Tensor3D;
  /** Disposes the parameters. */
  dispose(): void;
};

/** A regularizer that owns its parameters from now on. */
export function createLatentRegularizer(
  config: LatentRegularizerConfig,
  parameters: LatentRegularizerParameters,
): LatentRegularizer {
  const checked = checkedLatentRegularizerConfig(config, 'createLatentRegularizer');
  return {
    config: checked,
    parameters,
    restore: (w) => latentRegularizer(parameters, checked, w),
    dispose: () => disposeParameters(parameters),
  };
}
