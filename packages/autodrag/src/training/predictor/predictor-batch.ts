import { heightAndWidth, type LatentPredictorConfig, packPoints } from '@autodrag/latent-predictor';
import type { Random } from '@autodrag/nn';
import { concatArrays } from '@autodrag/nn';
import { type Generator, numWs } from '@autodrag/stylegan2';
import * as tf from '@tensorflow/tfjs-core';
import { type DragLossBatch, dragLossBatch } from './drag-loss-batch.js';
import { drawDrags } from './draw-drags.js';
import { freeTask } from './free-task.js';
import { type MotionFieldBatch, motionFieldBatch } from './motion-field-batch.js';
import type { Motion } from './motion-pool.js';
import type { PredictorSettings } from './predictor-settings.js';

/** What stage 2 learns from in one step: N motions with K drags each, rollouts of `length` codes. */
export type PredictorBatch = {
  /** Codes that are predicted, 1 to n. */
  readonly length: number;
  /** Of the pictures of w_0, `[N, h, w, C]` */
  readonly features: tf.Tensor4D;
  /** As `packPoints` gives them, a row for each drag. */
  readonly points: ReturnType<typeof packPoints>;
  /** `[N K, numWs, wDim]`: w_0 of each drag */
  readonly w: tf.Tensor3D;
  /** `[N K, editedLayers, wDim]`: its edited layers */
  readonly first: tf.Tensor3D;
  /** `[N K, n, editedLayers, wDim]`: w_0 … w_(n-1) */
  readonly before: tf.Tensor4D;
  /** `[N K, length, editedLayers, wDim]`: w_1 … */
  readonly truth: tf.Tensor4D;
  /** `[N K, P, 2]`: by how much the handles should have moved after `length` steps */
  readonly wanted: tf.Tensor3D;
  /** `[N K]`: 1 for drags that no motion made, whose true codes nobody knows; else 0 */
  readonly free: tf.Tensor1D;
  /** `[N K, P]`: what each point counts in the displacement; 0 for padding */
  readonly pointWeights: tf.Tensor2D;
  readonly field: MotionFieldBatch;
  /** Motions that the predictor itself makes now; null in most steps. */
  readonly predicted: MotionFieldBatch | null;
  /** Null while the drag loss does not count. */
  readonly drag: DragLossBatch | null;
  /** Motions in which nothing matches. */
  readonly skippedMotions: number;
  dispose(): void;
};

/**
 * The batch of a step; null if none of its motions has a match.
 *
 * @param random advanced by the call
 */
export async function predictorBatch(
  random: Random,
  drawMotion: (from: Random) => Motion,
  {
    generator,
    config,
    settings: { motions, drags, dragLossMotions, freeShare, points: chosen, feeding },
    freeRunning,
    freeTasks,
    dragLoss,
  }: {
    generator: Generator;
    config: LatentPredictorConfig;
    settings: PredictorSettings;
    freeRunning: boolean;
    /** Whether some drags are such that no motion made. */
    freeTasks: boolean;
    dragLoss: boolean;
  },
): Promise<PredictorBatch | null> {
  const { editedLayers, wDim, steps: n } = config;
  const [mapResolution] = heightAndWidth(config.featureResolution);
  const { cap, usable } = drawDrags(random, drawMotion, {
    config,
    motions,
    drags,
    longOnly: chosen === 'long',
  });
  if (usable.length === 0) return null;
  const N = usable.length;
  const starts = tf.tensor3d(concatArrays(usable.map(({ motion }) => motion.start)), [
    N,
    numWs(generator.config),
    wDim,
  ]);
  const codes = tf.tensor4d(concatArrays(usable.map(({ motion }) => motion.codes)), [N, n + 1, editedLayers, wDim]);
  const features = generator.features(starts, mapResolution, { noise: 'none' }).features[mapResolution]!;
  // The first drag of a motion stands for it in the drag loss, so it is always its own.
  const tasks = usable.flatMap(({ motion, sets }) =>
    sets.map((pairs, k) => {
      const free = freeTasks && k > 0 && random.uniform() < (freeShare * drags) / Math.max(1, drags - 1);
      return (
        (free ? freeTask(random, motion.matches, { imageResolution: config.imageResolution, most: cap }) : null) ?? {
          pairs,
          weights: null,
        }
      );
    }),
  );
  const points = packPoints(
    tasks.map(({ pairs }) => pairs),
    { maxPoints: config.maxPoints, padTo: cap },
  );
  const pointWeights = tf.tensor2d(
    tasks.flatMap(({ pairs, weights }) =>
      Array.from({ length: cap }, (_, i) => (i < pairs.length ? (weights?.[i] ?? 1) : 0)),
    ),
    [tasks.length, cap],
  );
  const free = tf.tensor1d(tasks.map(({ weights }) => (weights ? 1 : 0)));
  const drag =
    dragLoss && dragLossMotions > 0
      ? await dragLossBatch(generator, config, { starts, codes, count: Math.min(dragLossMotions, N) })
      : null;
  // Half of the rollouts stay short: the first prediction decides about all, and cannot be guessed from codes before
  // it.
  const length =
    drag || feeding === 'teacher' ? n : !freeRunning || random.uniform() < 0.5 ? 1 : 2 + random.integer(n - 1);
  const [w, first, before, truth, wanted] = tf.tidy(() => {
    const each = repeat(codes, drags); // [N K, n + 1, E, W]
    return [
      repeat(starts, drags),
      tf.reshape(tf.slice(each, [0, 0], [N * drags, 1]), [N * drags, editedLayers, wDim]),
      tf.slice(each, [0, 0], [N * drags, n]),
      tf.slice(each, [0, 1], [N * drags, length]),
      tf.mul(tf.sub(points.targets, points.handles), length / n),
    ];
  }) as [tf.Tensor3D, tf.Tensor3D, tf.Tensor4D, tf.Tensor4D, tf.Tensor3D];
  const field = motionFieldBatch(random.fork('field'), drawMotion, usable[0]!.motion, [editedLayers, wDim]);
  return {
    ...{ length, features, points, w, first, before, truth, wanted, free, pointWeights, field, drag, predicted: null },
    skippedMotions: motions - N,
    dispose: () => {
      tf.dispose([starts, codes, features, points.handles, points.targets, points.pointMask]);
      tf.dispose([w, first, before, truth, wanted, free, pointWeights, ...Object.values(field)]);
      drag?.dispose();
    },
  };
}

/** Every row `times` times, copies side by side: `[N, ...]` → `[N times, ...]`. */
function repeat(x: tf.Tensor, times: number): tf.Tensor {
  const [count, ...rest] = x.shape as [number, ...number[]];
  const size = rest.reduce((product, side) => product * side, 1);
  const rows = tf.tile(tf.reshape(x, [count, 1, size]), [1, times, 1]);
  return tf.reshape(rows, [count * times, ...rest]);
}
