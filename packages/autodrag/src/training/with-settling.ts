import type { LatentPredictorConfig, LatentPredictorParameters, SettlingParameters } from '@autodrag/latent-predictor';

/** A predictor with what its drags are settled by, and the configuration that goes with it. Nothing is copied. */
export function withSettling(
  config: LatentPredictorConfig,
  predictor: LatentPredictorParameters,
  settling: SettlingParameters,
): { config: LatentPredictorConfig; parameters: LatentPredictorParameters } {
  const { blocks, head } = settling.field;
  return {
    config: { ...config, motionField: { width: head.weight.shape[0], blocks: blocks.length } },
    parameters: { ...predictor, settling },
  };
}
