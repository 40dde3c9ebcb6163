export {
  CheckpointDamagedError,
  CheckpointMismatchError,
  type CheckpointStore,
  createMemoryStore,
  type MetricsRow,
  StoreLockedError,
  TrainingDivergedError,
  type TrainingOptions,
  type TrainingProgress,
  type TrainingRun,
  TrainingStoppedError,
} from '@autodrag/nn/training';
export { drawCodes } from './draw-codes.js';
export {
  motionFieldSettings,
  type TrainedMotionField,
  type TrainMotionFieldOptions,
  trainMotionField,
} from './field/train-motion-field.js';
export {
  avatarGeneratorConfig,
  avatarGeneratorStages,
  type GeneratorStage,
  generatorSettings,
} from './generator/generator-settings.js';
export { type TrainedGenerator, type TrainGeneratorOptions, trainGenerator } from './generator/train-generator.js';
export { generatorStatistics } from './generator-statistics.js';
export { epochSamples, paperPreset } from './paper-preset.js';
export { choosePoints, dragThreshold } from './predictor/choose-points.js';
export { makeMotions, matchedResolutions, strictMatching } from './predictor/motion-pool.js';
export { defaultPredictorConfig, predictorSizes } from './predictor/predictor-config.js';
export { predictorSettings } from './predictor/predictor-settings.js';
export { type TrainedPredictor, type TrainPredictorOptions, trainPredictor } from './predictor/train-predictor.js';
export {
  regularizerSettings,
  regularizerSizes,
  type TrainedRegularizer,
  type TrainRegularizerOptions,
  trainRegularizer,
} from './train-regularizer.js';
