import { type LatentPredictorConfig, type PointPair, packPoints } from '@autodrag/latent-predictor';
import type { Random } from '@autodrag/nn';
import * as tf from '@tensorflow/tfjs-core';
import type { DrawnDrags } from './draw-drags.js';
import { freeTask } from './free-task.js';
import type { PredictorSettings } from './predictor-settings.js';

/** What the drags of a step are asked to do; `weights` are null where a motion made it. */
type Task = { readonly pairs: readonly PointPair[]; readonly weights: readonly number[] | null };

/** The tasks of a step, a row for each drag. */
export type PackedTasks = {
  /** As `packPoints` gives them. */
  readonly points: ReturnType<typeof packPoints>;
  /** `[N K, P]`: what each point counts in the displacement; 0 for padding */
  readonly pointWeights: tf.Tensor2D;
  /** `[N K]`: 1 for drags that no motion made, whose true codes nobody knows; else 0 */
  readonly free: tf.Tensor1D;
};

/**
 * Draws which of the drags no motion made, and packs all.
 *
 * @param random advanced by the call
 * @param freeTasks whether there are any such
 */
export function drawTasks(
  random: Random,
  { cap, usable }: DrawnDrags,
  { maxPoints, imageResolution }: Pick<LatentPredictorConfig, 'maxPoints' | 'imageResolution'>,
  { drags, freeShare, freeTasks }: Pick<PredictorSettings, 'drags' | 'freeShare'> & { freeTasks: boolean },
): PackedTasks {
  // The first drag of a motion stands for it in the drag loss, so it is always its own.
  const tasks = usable.flatMap(({ motion, sets }) =>
    sets.map((pairs, k): Task => {
      const free = freeTasks && k > 0 && random.uniform() < (freeShare * drags) / Math.max(1, drags - 1);
      return (
        (free ? freeTask(random, motion.matches, { imageResolution, most: cap }) : null) ?? { pairs, weights: null }
      );
    }),
  );
  const points = packPoints(
    tasks.map(({ pairs }) => pairs),
    { maxPoints, padTo: cap },
  );
  const pointWeights = tf.tensor2d(
    tasks.flatMap(({ pairs, weights }) =>
      Array.from({ length: cap }, (_, i) => (i < pairs.length ? (weights?.[i] ?? 1) : 0)),
    ),
    [tasks.length, cap],
  );
  return { points, pointWeights, free: tf.tensor1d(tasks.map(({ weights }) => (weights ? 1 : 0))) };
}
