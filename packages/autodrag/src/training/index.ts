export { CheckpointMismatchError } from './checkpoint.js';
export { type CheckpointStore, createMemoryStore } from './checkpoint-store.js';
export { choosePoints, dragThreshold } from './choose-points.js';
export { concatArrays } from './concat-arrays.js';
export { drawCodes } from './draw-codes.js';
export { drawLatent, unitMeanSquare } from './draw-latent.js';
export { makeMotions, matchedResolutions } from './motion-pool.js';
export { defaultPredictorConfig } from './predictor-config.js';
export { TrainingDivergedError } from './run-training.js';
export { type TrainDetectorOptions, trainDetector } from './train-detector.js';
export {
  avatarGeneratorConfig,
  avatarGeneratorStages,
  type GeneratorStage,
  type TrainGeneratorOptions,
  trainGenerator,
} from './train-generator.js';
export { type TrainPredictorOptions, trainPredictor } from './train-predictor.js';
export { type TrainRegularizerOptions, trainRegularizer } from './train-regularizer.js';
export type { MetricsRow, TrainingOptions, TrainingProgress } from './training-types.js';
