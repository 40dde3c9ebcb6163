import {
  channelStatistics,
  createLatentPredictorParameters,
  dragLoss,
  encodeMemory,
  joinCodes,
  type LatentPredictorConfig,
  type LatentPredictorParameters,
  latentPredictorConfig,
  type PointPair,
  packPoints,
  predictFreeRunning,
  predictionLoss,
  predictTeacherForced,
} from '@autodrag/latent-predictor';
import {
  type LatentRegularizerConfig,
  type LatentRegularizerParameters,
  latentRegularizer,
} from '@autodrag/latent-regularizer';
import { matchFeatures } from '@autodrag/matching';
import { cosineSchedule, createMuon, createRandom, InvalidArgumentError, mapParameters, warmup } from '@autodrag/nn';
import { channelsAt, type Generator, numWs } from '@autodrag/stylegan2';
import * as tf from '@tensorflow/tfjs-core';
import { choosePoints } from './choose-points.js';
import { drawCodes } from './draw-codes.js';
import { type Motion, makeMotions } from './motion-pool.js';
import { runTraining, type TrainingStep } from './run-training.js';
import type { MetricsRow, TrainingOptions, TrainingProgress } from './training-types.js';

export interface TrainPredictorOptions extends TrainingOptions {
  /** Frozen; stays the caller's. */
  generator: Generator;
  /** Where stage 1 ended; stays the caller's. Trained on together with the predictor. */
  regularizer: { config: LatentRegularizerConfig; parameters: LatentRegularizerParameters };
  /** @default the preset 'compact' on the 64x64 features (or the last block's, if that is smaller) */
  config?: LatentPredictorConfig;
  /** @default 4000 */
  steps?: number;
  /** Motions a step. @default 8 */
  motions?: number;
  /** Drags a motion: the same pictures with other points. @default 4 */
  drags?: number;
  /** @default 0.003 */
  learningRate?: number;
  /** @default 0.00001 */
  regularizerLearningRate?: number;
  /**
   * Share of the steps after which predictions are fed back in place of true codes, with gradients through them. Half of these rollouts
   * are a single step long, the others 2 to n: the first prediction decides about all. @default 0.15
   */
  freeRunningFrom?: number;
  /** Share of the steps after which the drag loss, which runs the generator, joins in. @default 0.94 */
  dragLossFrom?: number;
  /** Motions of the batch that the drag loss is computed for. @default 1 */
  dragLossMotions?: number;
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

type JointParameters = { predictor: LatentPredictorParameters; regularizer: LatentRegularizerParameters };

/** Handles of a drag move farther than this (pixels at 512, for a motion that goes all the way). Section 4.1. */
const dragThreshold = 50;
/** Matches of the drag loss move farther than this between two steps (pixels at 512). Section 3.3. */
const stepThreshold = 30;
/** Most points of a drag, and how often. Few are what people set. */
const pointCaps = [
  { cap: 1, share: 0.4 },
  { cap: 5, share: 0.3 },
  { cap: 16, share: 0.2 },
  { cap: 68, share: 0.1 },
];
const groupSize = 8;
/** Groups in the pool when a training starts, and at most; a new one comes every `stepsPerGroup` steps. */
const smallestPool = 16;
const largestPool = 192;
const stepsPerGroup = 8;

/**
 * What the shipped predictor is: on the features at 64x64, where a face still has its parts and a map is cheap, and narrower and
 * shallower than `compact`, so that an hour on two processor cores is enough to train it. One token a
 * step, which takes three quarters of the time of a token a layer.
 */
export function defaultPredictorConfig(generator: Generator): LatentPredictorConfig {
  const { config } = generator;
  const featureResolution = Math.min(64, config.resolution);
  return latentPredictorConfig('compact', {
    numWs: numWs(config),
    wDim: config.wDim,
    imageResolution: config.resolution,
    featureResolution,
    featureChannels: channelsAt(config, featureResolution),
    width: 128,
    heads: 4,
    feedForward: 512,
    encoderLayers: 2,
    decoderLayers: 4,
    tokens: 'flat',
  });
}

/**
 * Stage 2: the Latent Predictor learns motions of the frozen generator, jointly with the Regularizer (Eq. 7-14): first
 * from true codes, then from its own predictions, last with the drag loss through the generator.
 *
 * @returns the trained parameters of both, the caller's to dispose
 */
export async function* trainPredictor({
  generator,
  regularizer,
  config = defaultPredictorConfig(generator),
  steps = 4000,
  motions = 8,
  drags = 4,
  learningRate = 3e-3,
  regularizerLearningRate = 1e-5,
  freeRunningFrom = 0.15,
  dragLossFrom = 0.94,
  dragLossMotions = 1,
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
  const { resolution } = generator.config;
  const { editedLayers, wDim, patchSize, steps: n } = config;
  const mapResolution = config.featureResolution;
  if (typeof mapResolution !== 'number') {
    throw new InvalidArgumentError(
      'trainPredictor: config.featureResolution: expected the height of a block of the generator',
    );
  }
  if (motions < 1 || drags < 1 || dragLossMotions > motions) {
    throw new InvalidArgumentError(
      `trainPredictor: expected motions >= 1, drags >= 1 and dragLossMotions <= motions, got ${motions}, ${drags}, ${dragLossMotions}`,
    );
  }
  const random = createRandom(seed).fork('predictor');
  const matchResolutions = [...new Set([16, 32, mapResolution].map((height) => Math.min(height, mapResolution)))];
  const imageSize = { width: resolution, height: resolution };
  const freeFrom = Math.round(freeRunningFrom * steps);
  const dragFrom = Math.round(dragLossFrom * steps);

  const pool = new Map<number, Motion[]>();
  const poolOptions = {
    generator,
    random: random.fork('motions'),
    steps: n,
    editedLayers,
    matchResolutions,
    direction,
    spacing,
    reach,
    stillShare,
    truncationPsi,
    groupSize,
  };
  async function poolAt(step: number): Promise<{ first: number; count: number }> {
    const end = smallestPool + Math.floor(step / stepsPerGroup);
    const first = Math.max(0, end - largestPool);
    for (const index of pool.keys()) if (index < first) pool.delete(index);
    for (let index = first; index < end; index++) {
      if (!pool.has(index)) pool.set(index, await makeMotions(index, poolOptions));
    }
    return { first, count: end - first };
  }

  const schedule = warmup(cosineSchedule({ from: 1, to: 0.01, period: steps, restarts: false }), 200);
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
      tf.dispose([codes, sample, map, ...Object.values(statistics).flatMap(({ average, std }) => [average, std])]);
      return { predictor, regularizer: mapParameters(regularizer.parameters, (tensor) => tf.clone(tensor)) };
    },
    learningRate: (step) => (name) =>
      schedule(step) * (name.startsWith('regularizer.') ? regularizerLearningRate : learningRate),
    phase: (step) => `${step < freeFrom ? 'teacher forcing' : 'free running'}${step < dragFrom ? '' : ', drag loss'}`,
    prepare: async (step) => {
      const draw = random.fork(step);
      const window = await poolAt(step);
      const chosen: Motion[] = [];
      for (let i = 0; i < motions; i++) {
        chosen.push(pool.get(window.first + draw.integer(window.count))![draw.integer(groupSize)]!);
      }
      const cap = pointCap(draw.uniform());
      const usable: { motion: Motion; sets: PointPair[][] }[] = [];
      for (const motion of chosen) {
        const threshold = (dragThreshold * resolution * motion.reach) / 512;
        const sets = Array.from({ length: drags }, () =>
          choosePoints(draw, motion.matches, 1 + draw.integer(cap), threshold),
        ).filter((set) => set !== null);
        if (sets.length === drags) usable.push({ motion, sets });
      }
      if (usable.length === 0) return null;

      const N = usable.length;
      const layers = numWs(generator.config);
      const concat = (arrays: Float32Array[]) => {
        const all = new Float32Array(arrays.reduce((sum, { length }) => sum + length, 0));
        let offset = 0;
        for (const array of arrays) {
          all.set(array, offset);
          offset += array.length;
        }
        return all;
      };
      const starts = tf.tensor3d(concat(usable.map(({ motion }) => motion.start)), [N, layers, wDim]);
      const codes = tf.tensor4d(concat(usable.map(({ motion }) => motion.codes)), [N, n + 1, editedLayers, wDim]);
      const features = generator.features(starts, mapResolution, { noise: 'none' }).features[mapResolution]!;
      const points = packPoints(
        usable.flatMap(({ sets }) => sets),
        { maxPoints: config.maxPoints, padTo: cap },
      );
      const [w, truth, inputs] = tf.tidy(() => {
        const each = repeat(codes, drags) as tf.Tensor4D; // [N K, n + 1, E, W]
        const count = N * drags;
        return [
          repeat(starts, drags) as tf.Tensor3D,
          tf.slice(each, [0, 1], [count, n]) as tf.Tensor4D,
          tf.slice(each, [0, 0], [count, n]) as tf.Tensor4D,
        ];
      }) as [tf.Tensor3D, tf.Tensor4D, tf.Tensor4D];
      const free = step >= freeFrom;
      const drag =
        step >= dragFrom && dragLossMotions > 0
          ? await prepareDragLoss(starts, codes, Math.min(dragLossMotions, N))
          : null;

      const length = !free || drag ? n : draw.uniform() < 0.5 ? 1 : 2 + draw.integer(n - 1);
      const batch: TrainingStep<JointParameters> = {
        metrics: { skippedMotions: motions - N, ...(drag ? { shortMatches: drag.shortShare } : {}) },
        dispose: () => {
          tf.dispose([starts, codes, features, points.handles, points.targets, points.pointMask, w, truth, inputs]);
          drag?.dispose();
        },
        loss: (parameters, report) => {
          const memory = encodeMemory(parameters.predictor, config, { features, ...points });
          const regularization = {
            w,
            regularize: (code: tf.Tensor3D) => latentRegularizer(parameters.regularizer, regularizer.config, code),
          };
          const predicted = free
            ? predictFreeRunning(
                parameters.predictor,
                config,
                memory,
                tf.reshape(tf.slice(inputs, [0, 0], [-1, 1]), [N * drags, editedLayers, wDim]),
                { steps: length, regularization },
              )
            : predictTeacherForced(parameters.predictor, config, memory, inputs, { regularization });
          const std = parameters.predictor.statistics.codes.std;
          const wanted = tf.slice(truth, [0, 0], [N * drags, length]) as tf.Tensor4D;
          const prediction = predictionLoss(predicted, wanted, { std });
          report(!free ? 'teacherForced' : length === 1 ? 'firstStep' : 'freeRunning', prediction);
          // Errors add up along a rollout: without this the short ones would hardly count.
          let total = tf.mul(prediction, (predictionWeight * (n + 1)) / (length + 1)) as tf.Scalar;
          if (drag) {
            const loss = drag.loss(predicted, parameters.predictor.statistics.features.std);
            report('drag', loss);
            total = tf.add(total, tf.mul(loss, dragWeight)) as tf.Scalar;
          }
          return total;
        },
      };
      return batch;
    },
  });

  /** Everything of Eq. 13 that does not depend on the prediction: F_i of the true codes and the matches from each to the next. */
  async function prepareDragLoss(starts: tf.Tensor3D, codes: tf.Tensor4D, count: number) {
    const layers = numWs(generator.config);
    const rows = count * n;
    const [before, after] = tf.tidy(() => {
      const w0 = tf.slice(starts, [0, 0, 0], [count, layers, wDim]);
      const all = joinCodes(tf.slice(codes, [0, 0, 0, 0], [count, n + 1, editedLayers, wDim]), w0);
      const flat = tf.reshape(all, [count * (n + 1), layers, wDim]) as tf.Tensor3D;
      const { features } = generator.features(flat, matchResolutions, { noise: 'none' });
      const pick = (from: number) =>
        Object.fromEntries(
          Object.entries(features).map(([height, map]) => {
            const [, h, width, c] = map.shape;
            const sequence = tf.reshape(map, [count, n + 1, h * width * c]);
            return [height, tf.reshape(tf.slice(sequence, [0, from, 0], [count, n, -1]), [rows, h, width, c])];
          }),
        );
      return [pick(0), pick(1)] as never;
    }) as unknown as [Record<number, tf.Tensor4D>, Record<number, tf.Tensor4D>];
    const matches = await matchFeatures(before, after, {
      imageSize,
      stride: resolution / 16,
      searchRadius: resolution / 4,
    });
    const threshold = (stepThreshold * resolution) / 512;
    let short = 0;
    const drags = matches.map(({ pointsA, pointsB, count: found }) => {
      const pairs = Array.from({ length: found }, (_, i) => ({
        handle: { x: pointsA[2 * i]!, y: pointsA[2 * i + 1]! },
        target: { x: pointsB[2 * i]!, y: pointsB[2 * i + 1]! },
        length: Math.hypot(pointsB[2 * i]! - pointsA[2 * i]!, pointsB[2 * i + 1]! - pointsA[2 * i + 1]!),
      })).sort((a, b) => b.length - a.length);
      const long = pairs.filter(({ length }) => length > threshold);
      if (long.length === 0) short += 1;
      return (long.length > 0 ? long : pairs).slice(0, 32);
    });
    const points = packPoints(drags, { padTo: 32 });
    const reference = before[mapResolution as number]!;
    tf.dispose([...Object.values(before), ...Object.values(after)].filter((map) => map !== reference));
    return {
      shortShare: short / rows,
      dispose: () => tf.dispose([reference, points.handles, points.targets, points.pointMask]),
      loss: (predicted: tf.Tensor4D, std: tf.Tensor1D): tf.Scalar => {
        // The first drag of each motion stands for the motion.
        const sets = predicted.shape[0] / starts.shape[0];
        const perMotion = tf.reshape(predicted, [starts.shape[0], sets * n * editedLayers * wDim]);
        const first = tf.reshape(tf.slice(perMotion, [0, 0], [count, n * editedLayers * wDim]), [
          count,
          n,
          editedLayers,
          wDim,
        ]);
        const w = joinCodes(first as tf.Tensor4D, tf.slice(starts, [0, 0, 0], [count, layers, wDim]));
        const { features } = generator.features(tf.reshape(w, [rows, layers, wDim]), mapResolution as number, {
          noise: 'none',
        });
        return dragLoss(
          { before: reference, after: features[mapResolution as number]!, ...points },
          { imageResolution: resolution, patchSize, steps: n, std },
        );
      },
    };
  }
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
