import type { ParameterTree } from '../tree/parameter-tree.js';
import { createProgressLog } from './progress-log.js';
import { runTraining } from './run-training.js';
import type { MetricsRow, TrainingDefinition, TrainingProgress, TrainingRun } from './training-types.js';

/**
 * Starts a training, or goes on with the one that is in its store.
 *
 * @returns its progress and, at its end, what `finish` makes of the trained parameters, with the learning curve
 * @throws (by `result` and at the end of `progress`) GradientsNotRegisteredError, TrainingDivergedError,
 *   TrainingStoppedError, CheckpointMismatchError, CheckpointDamagedError, StoreLockedError, and what the store throws
 */
export function startTraining<P extends ParameterTree, Result extends object>(
  definition: TrainingDefinition<P, Result>,
): TrainingRun<Result & { history: MetricsRow[] }> {
  // Whoever reads the progress gets an error there: it is then no unhandled rejection of a result not yet waited for.
  const progress = createProgressLog<TrainingProgress>(() => {
    result.catch(() => {});
  });
  const result = follow();
  return { progress, result };

  async function follow() {
    try {
      const trained = await runTraining(definition, progress.add);
      progress.end();
      return trained;
    } catch (error) {
      progress.fail(error);
      throw error;
    }
  }
}
