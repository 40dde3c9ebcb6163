import { AutodragError } from '../errors/errors.js';

/** A loss is no longer a finite number; the last checkpoint is from before. */
export class TrainingDivergedError extends AutodragError {
  override readonly name = 'TrainingDivergedError';

  constructor(message: string, options?: ErrorOptions) {
    super('TRAINING_DIVERGED', message, options);
  }
}

/**
 * A training was stopped by its signal, whose reason is the `cause`; everything that it had done is in its store. The
 * `name` is `AbortError`, as of everything that a signal ends.
 */
export class TrainingStoppedError extends AutodragError {
  override readonly name = 'AbortError';
  /** Optimiser steps done. */
  readonly step: number;
  /** Of so many. */
  readonly steps: number;

  constructor(message: string, { step, steps, cause }: { step: number; steps: number; cause?: unknown }) {
    super('TRAINING_STOPPED', message, { cause });
    this.step = step;
    this.steps = steps;
  }
}

/** A checkpoint exists, but belongs to another training, to other settings or to other weights. */
export class CheckpointMismatchError extends AutodragError {
  override readonly name = 'CheckpointMismatchError';

  constructor(message: string, options?: ErrorOptions) {
    super('CHECKPOINT_MISMATCH', message, options);
  }
}

/** No checkpoint is there that can be trusted, though there are files of them. */
export class CheckpointDamagedError extends AutodragError {
  override readonly name = 'CheckpointDamagedError';

  constructor(message: string, options?: ErrorOptions) {
    super('CHECKPOINT_DAMAGED', message, options);
  }
}

/** Another training works in the same store. */
export class StoreLockedError extends AutodragError {
  override readonly name = 'StoreLockedError';

  constructor(message: string, options?: ErrorOptions) {
    super('STORE_LOCKED', message, options);
  }
}
