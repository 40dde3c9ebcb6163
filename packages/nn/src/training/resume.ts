import { hashParameters } from '../hashing/hash-parameters.js';
import { disposeParameters } from '../tree/dispose-parameters.js';
import type { ParameterTree } from '../tree/parameter-tree.js';
import { beginWith } from './checkpoint/begin-with.js';
import { type CheckpointFiles, openCheckpoints } from './checkpoint/checkpoint-files.js';
import type { CheckpointStore } from './checkpoint/checkpoint-store.js';
import { createLearningCurve, type LearningCurve } from './learning-curve.js';
import type { TrainingState } from './optimizer-step.js';
import type { TrainingDefinition } from './training-types.js';

/** A training between two steps. */
export type Run<P extends ParameterTree> = {
  state: TrainingState<P>;
  curve: LearningCurve;
  step: number;
  /** The step that the newest checkpoint is of. */
  saved: number;
};

/**
 * A training where it goes on: with fresh parameters, or those of the run that it begins with, or with those of its own
 * newest checkpoint of the same settings, reading the same weights.
 *
 * @throws CheckpointMismatchError naming what differs; CheckpointDamagedError
 */
export async function resume<P extends ParameterTree>(
  { kind, settings, defaults, reads = {}, steps, begin, initial, optimizer }: TrainingDefinition<P, object>,
  store: CheckpointStore,
): Promise<{ run: Run<P>; files: CheckpointFiles<P> }> {
  const hashes: Record<string, string> = {};
  for (const [name, weights] of Object.entries(reads)) hashes[name] = await hashParameters(weights);
  const parameters = begin ? await beginWith(begin, kind, initial()) : initial();
  // It decides the result, like weights that are read.
  if (begin) hashes.beginning = await hashParameters(parameters);
  const fresh: TrainingState<P> = { parameters, optimizer: optimizer.init(parameters) };
  let resumed = false;
  try {
    const files = await openCheckpoints<P>(store, { kind, settings, defaults, reads: hashes, steps, ...fresh });
    if (!files.resumed) {
      resumed = true;
      return { run: { state: fresh, curve: createLearningCurve(), step: 0, saved: 0 }, files };
    }
    const { step, history, partial, ...state } = files.resumed;
    return { run: { state, curve: createLearningCurve(history, partial), step, saved: step }, files };
  } finally {
    if (!resumed) disposeParameters(fresh);
  }
}
