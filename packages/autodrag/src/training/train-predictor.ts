import {
  channelStatistics,
  createLatentPredictorParameters,
  createMotionFieldParameters,
  displacementLoss,
  encodeMemory,
  heightAndWidth,
  type LatentPredictorConfig,
  type LatentPredictorParameters,
  type MotionFieldParameters,
  motionField,
  type PointPair,
  packPoints,
  predictFreeRunning,
  predictionLoss,
} from '@autodrag/latent-predictor';
import {
  type LatentRegularizerConfig,
  type LatentRegularizerParameters,
  latentRegularizer,
} from '@autodrag/latent-regularizer';
import {
  cosineSchedule,
  createMuon,
  createRandom,
  detach,
  InvalidArgumentError,
  mapParameters,
  warmup,
} from '@autodrag/nn';
import { type Generator, numWs } from '@autodrag/stylegan2';
import * as tf from '@tensorflow/tfjs-core';
import { choosePoints, dragThreshold } from './choose-points.js';
import { concatArrays } from './concat-arrays.js';
import { dragLossBatch } from './drag-loss-batch.js';
import { drawCodes } from './draw-codes.js';
import { motionFieldBatch } from './motion-field-batch.js';
import { createMotionPool, type Motion, matchedResolutions } from './motion-pool.js';
import { defaultPredictorConfig } from './predictor-config.js';
import { runTraining, type TrainingStep } from './run-training.js';
import type { MetricsRow, TrainingOptions, TrainingProgress } from './training-types.js';

export interface TrainPredictorOptions extends TrainingOptions {
  /** Frozen; stays the caller's. */
  generator: Generator;
  /** Where stage 1 ended; stays the caller's. Trained on together with the predictor. */
  regularizer: { config: LatentRegularizerConfig; parameters: LatentRegularizerParameters };
  /** @default the preset 'compact' on the 64x64 features (or the last block's, if that is smaller) */
  config?: LatentPredictorConfig;
  /** @default 2400 */
  steps?: number;
  /** Motions a step. @default 20 */
  motions?: number;
  /** Drags a motion: the same pictures with other points. @default 4 */
  drags?: number;
  /** @default 0.001 */
  learningRate?: number;
  /** @default 0.00001 */
  regularizerLearningRate?: number;
  /**
   * Share of the steps after which predictions are fed back, with gradients through them: then half of the rollouts are a single step
   * long, the others 2 to n. Before, all are a single step: the first prediction decides about all, and the only one
   * that cannot be guessed from the codes before it. @default 0.5
   */
  freeRunningFrom?: number;
  /** Share of the steps after which the drag loss, which runs the generator, joins in. @default 1, never */
  dragLossFrom?: number;
  /** Motions of the batch that the drag loss is computed for. @default 1 */
  dragLossMotions?: number;
  /** Weight of the distance from handles to targets, as the motion field sees it. @default 1 */
  displacementWeight?: number;
  /** Weights of Eq. 14. @default 0.1 and 1 */
  predictionWeight?: number;
  dragWeight?: number;
  /** Λ, the share of the way to w* that a sequence goes, is drawn from this interval. @default [0.1, 1] */
  reach?: readonly [low: number, high: number];
  /** Share of motions that stand still. @default 0.05 */
  stillShare?: number;
  /** @default 'toward'; the paper prints 'away' */
  direction?: 'toward' | 'away';
  /** Equal steps, or steps that shrink by 1 - λ as Eq. 7 has it. @default 'linear' */
  spacing?: 'geometric' | 'linear';
  /** @default 0.7 */
  truncationPsi?: number;
}

type JointParameters = {
  predictor: LatentPredictorParameters;
  regularizer: LatentRegularizerParameters;
  /** Learns from the same motions what the generator does; not needed after the training. */
  field: MotionFieldParameters;
};

/** Most points of a drag, and how often. Few are what people set. */
const pointCaps = [
  { cap: 1, share: 0.4 },
  { cap: 5, share: 0.3 },
  { cap: 16, share: 0.2 },
  { cap: 68, share: 0.1 },
];

/**
 * Stage 2: the Latent Predictor learns motions of the frozen generator, jointly with the Regularizer (Eq. 7-14): first
 * single steps, then from its own predictions; on request, last with the drag loss through the generator. Beside the codes of a motion
 * it is given where the handles should end, which a motion field tells that learns along with it.
 *
 * @returns the trained parameters of both and of the motion field, the caller's to dispose
 */
export async function* trainPredictor({
  generator,
  regularizer,
  config = defaultPredictorConfig(generator),
  steps = 2400,
  motions = 20,
  drags = 4,
  learningRate = 1e-3,
  regularizerLearningRate = 1e-5,
  freeRunningFrom = 0.5,
  dragLossFrom = 1,
  dragLossMotions = 1,
  displacementWeight = 1,
  predictionWeight = 0.1,
  dragWeight = 1,
  reach = [0.1, 1],
  stillShare = 0.05,
  direction = 'toward',
  spacing = 'linear',
  truncationPsi = 0.7,
  seed = 0,
  ...options
}: TrainPredictorOptions): AsyncGenerator<
  TrainingProgress,
  { parameters: JointParameters; history: MetricsRow[]; step: number }
> {
  const { editedLayers, wDim, steps: n } = config;
  const [mapResolution] = heightAndWidth(config.featureResolution);
  if (motions < 1 || drags < 1 || dragLossMotions > motions) {
    throw new InvalidArgumentError(
      `trainPredictor: expected motions >= 1, drags >= 1 and dragLossMotions <= motions, got ${motions}, ${drags}, ${dragLossMotions}`,
    );
  }
  const random = createRandom(seed).fork('predictor');
  const freeFrom = Math.round(freeRunningFrom * steps);
  const dragFrom = Math.round(dragLossFrom * steps);

  const motionsAt = createMotionPool({
    generator,
    random: random.fork('motions'),
    steps: n,
    editedLayers,
    matchResolutions: matchedResolutions(mapResolution),
    direction,
    spacing,
    reach,
    stillShare,
    truncationPsi,
  });
  const schedule = warmup(cosineSchedule({ from: 1, to: 0.01, period: steps, restarts: false }), 100);
  return yield* runTraining<JointParameters>({
    ...options,
    kind: 'predictor',
    fingerprint: JSON.stringify({
      seed,
      config,
      regularizer: regularizer.config,
      steps,
      motions,
      drags,
      learningRate,
      regularizerLearningRate,
      optimizer: 'muon',
      freeRunningFrom,
      dragLossFrom,
      dragLossMotions,
      displacementWeight,
      predictionWeight,
      dragWeight,
      reach,
      stillShare,
      direction,
      spacing,
      truncationPsi,
    }),
    steps,
    optimizer: createMuon({ clipNorm: 1 }),
    initial: () => {
      const codes = drawCodes(random.fork('statistics'), generator, 4096, { truncationPsi });
      const sample = tf.slice(codes, [0, 0, 0], [64, -1, -1]);
      const map = generator.features(sample, mapResolution, { noise: 'none' }).features[mapResolution]!;
      const statistics = { codes: channelStatistics(codes), features: channelStatistics(map) };
      const predictor = createLatentPredictorParameters(random.fork('initial'), config, statistics);
      const field = createMotionFieldParameters(random.fork('field'), config, statistics.codes);
      tf.dispose([codes, sample, map, ...Object.values(statistics).flatMap(({ average, std }) => [average, std])]);
      return { predictor, field, regularizer: mapParameters(regularizer.parameters, (tensor) => tf.clone(tensor)) };
    },
    learningRate: (step) => (name) =>
      schedule(step) * (name.startsWith('regularizer.') ? regularizerLearningRate : learningRate),
    phase: (step) => `${step < freeFrom ? 'first steps' : 'free running'}${step < dragFrom ? '' : ', drag loss'}`,
    prepare: async (step) => {
      const draw = random.fork(step);
      const drawMotion = await motionsAt(step);
      const chosen = Array.from({ length: motions }, () => drawMotion(draw));
      const cap = pointCap(draw.uniform());
      const usable: { motion: Motion; sets: PointPair[][] }[] = [];
      for (const motion of chosen) {
        const threshold = dragThreshold(config.imageResolution, motion.reach);
        const sets = Array.from({ length: drags }, () =>
          choosePoints(draw, motion.matches, 1 + draw.integer(cap), threshold),
        ).filter((set) => set !== null);
        if (sets.length === drags) usable.push({ motion, sets });
      }
      if (usable.length === 0) return null;

      const N = usable.length;
      const count = N * drags;
      const layers = numWs(generator.config);
      const starts = tf.tensor3d(concatArrays(usable.map(({ motion }) => motion.start)), [N, layers, wDim]);
      const codes = tf.tensor4d(concatArrays(usable.map(({ motion }) => motion.codes)), [N, n + 1, editedLayers, wDim]);
      const features = generator.features(starts, mapResolution, { noise: 'none' }).features[mapResolution]!;
      const points = packPoints(
        usable.flatMap(({ sets }) => sets),
        { maxPoints: config.maxPoints, padTo: cap },
      );
      const drag =
        step >= dragFrom && dragLossMotions > 0
          ? await dragLossBatch(generator, config, { starts, codes, count: Math.min(dragLossMotions, N) })
          : null;
      const length = drag ? n : step < freeFrom || draw.uniform() < 0.5 ? 1 : 2 + draw.integer(n - 1);
      const [w, first, truth, wanted] = tf.tidy(() => {
        const each = repeat(codes, drags); // [N K, n + 1, E, W]
        return [
          repeat(starts, drags),
          tf.reshape(tf.slice(each, [0, 0], [count, 1]), [count, editedLayers, wDim]),
          tf.slice(each, [0, 1], [count, length]),
          tf.mul(tf.sub(points.targets, points.handles), length / n),
        ];
      }) as [tf.Tensor3D, tf.Tensor3D, tf.Tensor4D, tf.Tensor3D];
      const field = motionFieldBatch(draw.fork('field'), drawMotion, usable[0]!.motion, [editedLayers, wDim]);

      const batch: TrainingStep<JointParameters> = {
        metrics: { skippedMotions: motions - N, ...(drag ? { shortMatches: drag.shortShare } : {}) },
        dispose: () => {
          tf.dispose([starts, codes, features, points.handles, points.targets, points.pointMask]);
          tf.dispose([w, first, truth, wanted, ...Object.values(field)]);
          drag?.dispose();
        },
        loss: (parameters, report) => {
          const memory = encodeMemory(parameters.predictor, config, { features, ...points });
          const predicted = predictFreeRunning(parameters.predictor, config, memory, first, {
            steps: length,
            regularization: {
              w,
              regularize: (code: tf.Tensor3D) => latentRegularizer(parameters.regularizer, regularizer.config, code),
            },
          });
          const std = parameters.predictor.statistics.codes.std;
          const prediction = predictionLoss(predicted, truth, { std });
          report(length === 1 ? 'firstStep' : 'freeRunning', prediction);

          const known = mapParameters(parameters.field, (tensor) => detach(tensor));
          const last = tf.reshape(tf.slice(predicted, [0, length - 1], [count, 1]), [count, editedLayers, wDim]);
          const moved = motionField(known, config, {
            start: first,
            codes: last as tf.Tensor3D,
            points: points.handles,
          });
          const displacement = displacementLoss(moved, wanted, {
            imageResolution: config.imageResolution,
            pointMask: points.pointMask,
          });
          report(length === 1 ? 'firstDisplacement' : 'displacement', displacement);

          const seen = motionField(parameters.field, config, field);
          const learned = displacementLoss(seen, field.wanted, { imageResolution: config.imageResolution });
          report('field', learned);

          // Errors add up along a rollout: without these factors the short ones would hardly count.
          let total = tf.add(
            tf.mul(prediction, (predictionWeight * (n + 1)) / (length + 1)),
            tf.mul(displacement, (displacementWeight * n) / length),
          );
          // The field's own parameters get a gradient from here alone.
          total = tf.add(total, learned);
          if (drag) {
            const loss = drag.loss(predicted, parameters.predictor.statistics.features.std);
            report('drag', loss);
            total = tf.add(total, tf.mul(loss, dragWeight));
          }
          return total as tf.Scalar;
        },
      };
      return batch;
    },
  });
}

function pointCap(u: number): number {
  let left = u;
  for (const { cap, share } of pointCaps) {
    if (left < share) return cap;
    left -= share;
  }
  return pointCaps[pointCaps.length - 1]!.cap;
}

/** Every row `times` times, copies side by side: `[N, ...]` → `[N times, ...]`. */
function repeat(x: tf.Tensor, times: number): tf.Tensor {
  const [count, ...rest] = x.shape as [number, ...number[]];
  const size = rest.reduce((product, side) => product * side, 1);
  const rows = tf.tile(tf.reshape(x, [count, 1, size]), [1, times, 1]);
  return tf.reshape(rows, [count * times, ...rest]);
}
