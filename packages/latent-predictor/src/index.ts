export { type ChannelStatistics, type ChannelStatisticsOptions, channelStatistics } from '@autodrag/nn';
export {
  heightAndWidth,
  type LatentPredictorConfig,
  type LatentPredictorPreset,
  latentPredictorConfig,
  longerSide,
  type Resolution,
} from './config.js';
export { createLatentPredictor, type LatentPredictor } from './create-latent-predictor.js';
export type { Regularization, Regularize } from './decode-codes.js';
export { type DisplacementLossOptions, displacementLoss } from './displacement-loss.js';
export { type DragLossInput, type DragLossOptions, dragLoss } from './drag-loss.js';
export { encodeMemory, type MemoryInput, type PredictorMemory } from './encode-memory.js';
export { createEncoderOnHost, encodeWork, type HostEncoder, type HostScene } from './encode-on-host.js';
export { type ExtractPatchesOptions, extractPatches } from './extract-patches.js';
export { joinCodes } from './join-codes.js';
export {
  type CreateMotionFieldParametersOptions,
  createMotionFieldParameters,
  type MotionFieldParameters,
  motionField,
} from './motion-field.js';
export { type MotionSequenceOptions, motionSequence } from './motion-sequence.js';
export { type PackedPoints, type PackPointsOptions, type Point, type PointPair, packPoints } from './pack-points.js';
export {
  type ConvolutionParameters,
  type CreateLatentPredictorParametersOptions,
  createLatentPredictorParameters,
  type LatentPredictorParameters,
  type PredictorStatistics,
} from './parameters.js';
export { type PredictFreeRunningOptions, predictFreeRunning, type Teacher } from './predict-free-running.js';
export { type PredictTeacherForcedOptions, predictTeacherForced } from './predict-teacher-forced.js';
export { type PredictionLossOptions, predictionLoss } from './prediction-loss.js';
export { type RolloutInput, type RolloutOptions, rollout } from './rollout.js';
export { createRolloutOnHost, type HostRolloutInput, rolloutWork } from './rollout-on-host.js';
export { createSettlingOnHost, type HostSettling, type SettleInput } from './settle-on-host.js';
export { codeSpread, type SettlingParameters } from './settling.js';
export { type MotionDirection, type MotionSpacing, type StepLambdaOptions, stepLambda } from './step-lambda.js';
export { type TotalLossOptions, type TotalLossTerms, totalLoss } from './total-loss.js';
export {
  type LoadedLatentPredictor,
  loadLatentPredictor,
  type SaveLatentPredictorOptions,
  saveLatentPredictor,
} from './weights.js';
