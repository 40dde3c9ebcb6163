import { heightAndWidth, type LatentPredictorConfig } from '@autodrag/latent-predictor';
import { concatArrays, type Random } from '@autodrag/nn';
import { type Generator, numWs } from '@autodrag/stylegan2';
import * as tf from '@tensorflow/tfjs-core';
import { type DragLossBatch, dragLossBatch } from './drag-loss-batch.js';
import { drawDrags } from './draw-drags.js';
import { drawTasks, type PackedTasks } from './draw-tasks.js';
import { type MotionFieldBatch, motionFieldBatch } from './motion-field-batch.js';
import type { Motion } from './motion-pool.js';
import type { PredictorPhase } from './predictor-schedule.js';
import type { PredictorSettings } from './predictor-settings.js';

/** What stage 2 learns from in one step: N motions with K drags each, rollouts of `length` codes. */
export type PredictorBatch = PackedTasks & {
  /** Codes that are predicted, 1 to n. */
  readonly length: number;
  /** Of the pictures of w_0, `[N, h, w, C]` */
  readonly features: tf.Tensor4D;
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
  readonly field: MotionFieldBatch;
  /** Motions that the predictor itself makes now; null in most steps. */
  readonly predicted: MotionFieldBatch | null;
  /** Null while the drag loss does not count. */
  readonly drag: DragLossBatch | null;
  /** Motions in which nothing matches. */
  readonly skippedMotions: number;
  dispose(): void;
};

export type PredictorBatchOptions = {
  generator: Generator;
  config: LatentPredictorConfig;
  settings: PredictorSettings;
  phase: PredictorPhase;
};

/**
 * The batch of a step; null if none of its motions has a match.
 *
 * @param random advanced by the call
 */
export async function predictorBatch(
  random: Random,
  drawMotion: (from: Random) => Motion,
  { generator, config, settings, phase }: PredictorBatchOptions,
): Promise<PredictorBatch | null> {
  const { motions, drags, dragLossMotions, freeShare, points: chosen, feeding } = settings;
  const { editedLayers, wDim, steps: n } = config;
  const [mapResolution] = heightAndWidth(config.featureResolution);
  const drawn = drawDrags(random, drawMotion, { config, motions, drags, longOnly: chosen === 'long' });
  const { usable } = drawn;
  if (usable.length === 0) return null;
  const N = usable.length;
  const starts = tf.tensor3d(concatArrays(usable.map(({ motion }) => motion.start)), [
    N,
    numWs(generator.config),
    wDim,
  ]);
  const codes = tf.tensor4d(concatArrays(usable.map(({ motion }) => motion.codes)), [N, n + 1, editedLayers, wDim]);
  const features = generator.features(starts, mapResolution, { noise: 'none' }).features[mapResolution]!;
  const { points, pointWeights, free } = drawTasks(random, drawn, config, {
    drags,
    freeShare,
    freeTasks: phase.freeTasks,
  });
  const drag =
    phase.dragLoss && dragLossMotions > 0
      ? await dragLossBatch(generator, config, { starts, codes, count: Math.min(dragLossMotions, N) })
      : null;
  const whole = drag !== null || feeding === 'teacher';
  const length = whole ? n : rolloutLength(random, n, phase);
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

/**
 * Half of the rollouts stay short: the first prediction decides about all, and cannot be guessed from codes before it.
 */
function rolloutLength(random: Random, steps: number, { freeRunning }: PredictorPhase): number {
  if (steps === 1) return 1;
  return !freeRunning || random.uniform() < 0.5 ? 1 : 2 + random.integer(steps - 1);
}

/** Every row `times` times, copies side by side: `[N, ...]` → `[N times, ...]`. */
function repeat(x: tf.Tensor, times: number): tf.Tensor {
  const [count, ...rest] = x.shape as [number, ...number[]];
  const size = rest.reduce((product, side) => product * side, 1);
  const rows = tf.tile(tf.reshape(x, [count, 1, size]), [1, times, 1]);
  return tf.reshape(rows, [count * times, ...rest]);
}
