export { type CheckpointStore, createMemoryStore, type StoreLock } from './checkpoint/checkpoint-store.js';
export { runSettings } from './run-settings.js';
export {
  anyNumber,
  defaultSettings,
  interval,
  listOf,
  numberFromZero,
  oneOf,
  positiveNumber,
  type Rule,
  resolveSettings,
  type Setting,
  type SettingsOf,
  type SettingsSchema,
  setting,
  share,
  trueOrFalse,
  wholeNumber,
} from './settings.js';
export { startTraining } from './start-training.js';
export {
  CheckpointDamagedError,
  CheckpointMismatchError,
  StoreLockedError,
  TrainingDivergedError,
  TrainingStoppedError,
} from './training-errors.js';
export type {
  MetricsRow,
  Settings,
  SettingValue,
  TrainingDefinition,
  TrainingOptions,
  TrainingProgress,
  TrainingRun,
  TrainingStep,
} from './training-types.js';
