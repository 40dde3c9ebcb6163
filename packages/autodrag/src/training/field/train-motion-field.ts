import {
  createLatentPredictor,
  createMotionFieldParameters,
  createSettlingOnHost,
  displacementLoss,
  type HostSettling,
  type LatentPredictorConfig,
  type LatentPredictorParameters,
  type MotionFieldParameters,
  motionField,
} from '@autodrag/latent-predictor';
import type { LatentRegularizer } from '@autodrag/latent-regularizer';
import { concatArrays, createRandom, mapParameters, type Random } from '@autodrag/nn';
import { createHost } from '@autodrag/nn/host';
import {
  defaultSettings,
  type MetricsRow,
  positiveNumber,
  resolveSettings,
  type SettingsOf,
  setting,
  startTraining,
  type TrainingOptions,
  type TrainingRun,
  wholeNumber,
} from '@autodrag/nn/training';
import type { Generator } from '@autodrag/stylegan2';
import * as tf from '@tensorflow/tfjs-core';
import { codeSpreadOf } from '../code-spread-of.js';
import { createGrowingPool } from '../growing-pool.js';
import { stageRate } from '../learning-rate.js';
import { optimizers } from '../optimizers.js';
import { withSettling } from '../with-settling.js';
import { makeTrackedMotions, type TrackedMotion } from './tracked-motions.js';

export const motionFieldSettings = {
  steps: setting(wholeNumber(1), 4000, 'optimiser steps in all'),
  motions: setting(wholeNumber(1), 64, 'motions a step'),
  places: setting(wholeNumber(1), 16, 'places of each motion'),
  learningRate: setting(positiveNumber, 0.001, 'of Muon; falls to a hundredth by a cosine'),
  warmupSteps: setting(wholeNumber(0), 50, 'steps over which the learning rate rises'),
  groups: setting(wholeNumber(1), 600, 'groups of 24 motions that are kept; a new one comes every four steps'),
  seed: setting(wholeNumber(0), 0, 'of all that is random'),
};

export type TrainMotionFieldOptions = TrainingOptions &
  Partial<SettingsOf<typeof motionFieldSettings>> & {
    /** Frozen; stays the caller's, to the end of the training. */
    generator: Generator;
    /** Where stage 2 ended, likewise; drags are made by it, and its motion field is gone on with if it has one. */
    predictor: { config: LatentPredictorConfig; parameters: LatentPredictorParameters };
    regularizer: LatentRegularizer;
  };

export type TrainedMotionField = {
  config: LatentPredictorConfig;
  /** The predictor's, with the field in them. */
  parameters: LatentPredictorParameters;
  history: MetricsRow[];
};

/**
 * Trains the motion field of a predictor on by itself, on tracked places of motions and of the predictor's own drags,
 * `makeTrackedMotions`. Drags are settled by it.
 *
 * @returns its progress, and its result: a copy of the predictor's parameters with the field in them, the caller's to
 *   dispose, and the configuration that goes with them
 * @throws InvalidArgumentError if a setting breaks its rule
 */
export function trainMotionField({
  generator,
  predictor,
  regularizer,
  store,
  begin,
  checkpointEverySeconds,
  reportEvery,
  signal,
  ...given
}: TrainMotionFieldOptions): TrainingRun<TrainedMotionField> {
  const settings = resolveSettings('trainMotionField', motionFieldSettings, given);
  const { config } = predictor;
  const random = createRandom(settings.seed).fork('motion-field');
  const known = predictor.parameters.settling;
  // knows the predictor that it was given, whatever the field has learned since: so a resumed training is the same
  let settling: Promise<HostSettling | null> | undefined;
  const drags = createLatentPredictor(config, predictor.parameters);
  const motionsAt = createGrowingPool(
    async (index) => {
      settling ??= createSettlingOnHost(createHost(), predictor);
      const from = { generator, predictor: drags, regularizer, settling: await settling };
      return makeTrackedMotions(index, { ...from, random: random.fork('motions') });
    },
    { smallest: 16, largest: settings.groups, stepsPerGroup: 4 },
  );
  return startTraining<{ field: MotionFieldParameters }, Omit<TrainedMotionField, 'history'>>({
    store,
    begin,
    checkpointEverySeconds,
    reportEvery,
    signal,
    kind: 'motion-field',
    settings: { ...settings, config },
    defaults: defaultSettings(motionFieldSettings),
    reads: { generator: generator.parameters, predictor: predictor.parameters, regularizer: regularizer.parameters },
    steps: settings.steps,
    optimizer: optimizers.muon({ clipNorm: 1 }),
    initial: () => ({
      field: known
        ? mapParameters(known.field, (tensor) => tf.clone(tensor))
        : createMotionFieldParameters(random.fork('initial'), config, predictor.parameters.statistics.codes),
    }),
    learningRate: stageRate({ ...settings, ratePeriod: 0 }, settings.steps),
    prepare: async (step) => {
      const { wanted, weights, ...input } = fieldBatch(random.fork(step), await motionsAt(step), settings, config);
      return {
        dispose: () => tf.dispose([wanted, weights, ...Object.values(input)]),
        loss: ({ field }, report) => {
          const loss = displacementLoss(motionField(field, config, input), wanted, {
            imageResolution: config.imageResolution,
            pointMask: weights,
          });
          report('field', loss);
          return loss;
        },
      };
    },
    finish: ({ field }) => {
      const { settling: _, ...others } = predictor.parameters;
      const copies = mapParameters(others, (tensor) => tf.clone(tensor));
      const spread = known ? tf.clone(known.spread) : codeSpreadOf(generator, random.fork('spread'), 0.7);
      return withSettling(config, copies, { field, spread });
    },
  });
}

/** Motions, half of them taken the other way round, and some of the places of each. */
function fieldBatch(
  random: Random,
  drawMotion: (from: Random) => TrackedMotion,
  { motions, places }: { motions: number; places: number },
  { editedLayers, wDim }: Pick<LatentPredictorConfig, 'editedLayers' | 'wDim'>,
) {
  const starts: Float32Array[] = [];
  const ends: Float32Array[] = [];
  const points = new Float32Array(motions * places * 2);
  const wanted = new Float32Array(points.length);
  const weights = new Float32Array(motions * places);
  for (let b = 0; b < motions; b++) {
    const motion = drawMotion(random);
    const back = random.uniform() < 0.5;
    starts.push(back ? motion.end : motion.start);
    ends.push(back ? motion.start : motion.end);
    for (let p = 0; p < places; p++) {
      const from = random.integer(motion.weights.length);
      const to = b * places + p;
      weights[to] = motion.weights[from]!;
      for (let axis = 0; axis < 2; axis++) {
        const moved = motion.moved[2 * from + axis]!;
        points[2 * to + axis] = motion.points[2 * from + axis]! + (back ? moved : 0);
        wanted[2 * to + axis] = back ? -moved : moved;
      }
    }
  }
  const codes = (list: Float32Array[]) => tf.tensor3d(concatArrays(list), [motions, editedLayers, wDim]);
  return {
    start: codes(starts),
    codes: codes(ends),
    points: tf.tensor3d(points, [motions, places, 2]),
    wanted: tf.tensor3d(wanted, [motions, places, 2]),
    weights: tf.tensor2d(weights, [motions, places]),
  };
}
