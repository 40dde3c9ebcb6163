import { heightAndWidth, type LatentPredictorConfig, packPoints } from '@autodrag/latent-predictor';
import type { Random } from '@autodrag/nn';
import { type Generator, numWs } from '@autodrag/stylegan2';
import * as tf from '@tensorflow/tfjs-core';
import { concatArrays } from './concat-arrays.js';
import { type DragLossBatch, dragLossBatch } from './drag-loss-batch.js';
import { drawDrags } from './draw-drags.js';
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
  /** `[N K, length, editedLayers, wDim]`: w_1 … */
  readonly truth: tf.Tensor4D;
  /** `[N K, P, 2]`: by how much the handles should have moved after `length` steps */
  readonly wanted: tf.Tensor3D;
  readonly field: MotionFieldBatch;
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
    settings: { motions, drags, dragLossMotions },
    freeRunning,
    dragLoss,
  }: {
    generator: Generator;
    config: LatentPredictorConfig;
    settings: PredictorSettings;
    freeRunning: boolean;
    dragLoss: boolean;
  },
): Promise<PredictorBatch | null> {
  const { editedLayers, wDim, steps: n } = config;
  const [mapResolution] = heightAndWidth(config.featureResolution);
  const { cap, usable } = drawDrags(random, drawMotion, { config, motions, drags });
  if (usable.length === 0) return null;
  const N = usable.length;
  const starts = tf.tensor3d(concatArrays(usable.map(({ motion }) => motion.start)), [
    N,
    numWs(generator.config),
    wDim,
  ]);
  const codes = tf.tensor4d(concatArrays(usable.map(({ motion }) => motion.codes)), [N, n + 1, editedLayers, wDim]);
  const features = generator.features(starts, mapResolution, { noise: 'none' }).features[mapResolution]!;
  const points = packPoints(
    usable.flatMap(({ sets }) => sets),
    { maxPoints: config.maxPoints, padTo: cap },
  );
  const drag =
    dragLoss && dragLossMotions > 0
      ? await dragLossBatch(generator, config, { starts, codes, count: Math.min(dragLossMotions, N) })
      : null;
  // Half of the rollouts stay short: the first prediction decides about all, and cannot be guessed from codes before it.
  const length = drag ? n : !freeRunning || random.uniform() < 0.5 ? 1 : 2 + random.integer(n - 1);
  const [w, first, truth, wanted] = tf.tidy(() => {
    const each = repeat(codes, drags); // [N K, n + 1, E, W]
    return [
      repeat(starts, drags),
      tf.reshape(tf.slice(each, [0, 0], [N * drags, 1]), [N * drags, editedLayers, wDim]),
      tf.slice(each, [0, 1], [N * drags, length]),
      tf.mul(tf.sub(points.targets, points.handles), length / n),
    ];
  }) as [tf.Tensor3D, tf.Tensor3D, tf.Tensor4D, tf.Tensor3D];
  const field = motionFieldBatch(random.fork('field'), drawMotion, usable[0]!.motion, [editedLayers, wDim]);
  return {
    ...{ length, features, points, w, first, truth, wanted, field, drag },
    skippedMotions: motions - N,
    dispose: () => {
      tf.dispose([starts, codes, features, points.handles, points.targets, points.pointMask]);
      tf.dispose([w, first, truth, wanted, ...Object.values(field)]);
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
