export type { ByteSource, CheckpointInput, FileHandleLike } from './byte-source.js';
export { type CheckpointCache, createIndexedDbCache, type IndexedDbCacheOptions } from './checkpoint-cache.js';
export { CheckpointError, type CheckpointErrorCode } from './checkpoint-error.js';
export { type ImportedStyleGan2, type ImportStyleGan2Options, importStyleGan2 } from './import-style-gan2.js';
export {
  type Checkpoint,
  type CheckpointTensor,
  type ImportProgress,
  type OpenCheckpointOptions,
  openCheckpoint,
} from './open-checkpoint.js';
export { allowedGlobals } from './pickle-globals.js';
export type { CheckpointKind } from './raw-generator.js';
