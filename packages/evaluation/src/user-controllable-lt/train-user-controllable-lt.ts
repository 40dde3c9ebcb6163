import { generatorStatistics } from '@autodrag/autodrag/training';
import { constantSchedule, createAdam, createRandom, detach, disposeParameters, type Random } from '@autodrag/nn';
import {
  anyNumber,
  defaultSettings,
  type MetricsRow,
  positiveNumber,
  resolveSettings,
  type SettingsOf,
  setting,
  share,
  startTraining,
  type TrainingOptions,
  type TrainingRun,
  wholeNumber,
} from '@autodrag/nn/training';
import type { Generator } from '@autodrag/stylegan2';
import * as tf from '@tensorflow/tfjs-core';
import { type UserControllableLtConfig, userControllableLtConfig } from './config.js';
import { drawPairs } from './draw-pairs.js';
import { createUserControllableLtParameters, type UserControllableLtParameters } from './parameters.js';
import { userControllableLt } from './user-controllable-lt.js';

/** As published. */
export const userControllableLtSettings = {
  steps: setting(wholeNumber(1), 60_100, 'optimiser steps in all'),
  batchSize: setting(wholeNumber(1), 1, 'pairs of pictures a step'),
  learningRate: setting(positiveNumber, 1e-3, 'of Adam'),
  truncationPsi: setting(anyNumber, 0.3, 'truncation of the first code'),
  moveShare: setting(share, 0.1, 'share of the way to an untruncated code, drawn layer by layer'),
  grid: setting(wholeNumber(2), 16, 'points along the longer side that the flow of a pair is read on'),
  seed: setting(wholeNumber(0), 0, 'of all that is random'),
};

/** The sizes that one may want to change; they are stored with the weights. */
export const userControllableLtSizes = {
  width: setting(wholeNumber(2), 512, 'of the transformer; even, a multiple of heads'),
  heads: setting(wholeNumber(1), 8, 'of attention'),
  feedForward: setting(wholeNumber(1), 512, 'hidden features of each feed-forward block'),
  encoderLayers: setting(wholeNumber(1), 6, 'layers over the points'),
  decoderLayers: setting(wholeNumber(1), 6, 'layers over the code'),
  featureResolution: setting(wholeNumber(4), 64, 'height of the feature map that is read, at most the picture’s'),
  motionUnit: setting(positiveNumber, 10, 'pixels of 256 that a drag is long whose alpha is 1'),
};

export type TrainUserControllableLtOptions = TrainingOptions &
  Partial<SettingsOf<typeof userControllableLtSettings>> & {
    /** Frozen; stays the caller's, to the end of the training. */
    generator: Generator;
    /** Sizes; those left out are the published ones. */
    config?: Partial<SettingsOf<typeof userControllableLtSizes>>;
  };

export type TrainedUserControllableLt = {
  config: UserControllableLtConfig;
  parameters: UserControllableLtParameters;
  history: MetricsRow[];
};

/**
 * Trains the earlier feed-forward method, as published, on a frozen generator: it learns which small step of the code
 * made a given small motion (mean squared error of the code, in standard deviations of its channels).
 *
 * @returns its progress, and its result: the trained parameters, the caller's to dispose, and their configuration
 * @throws InvalidArgumentError if a setting breaks its rule
 */
export function trainUserControllableLt({
  generator,
  config: sizes,
  store,
  begin,
  checkpointEverySeconds,
  reportEvery,
  signal,
  ...given
}: TrainUserControllableLtOptions): TrainingRun<TrainedUserControllableLt> {
  const settings = resolveSettings('trainUserControllableLt', userControllableLtSettings, given);
  const { seed, steps, batchSize, learningRate, truncationPsi, moveShare, grid } = settings;
  const config = userControllableLtConfig(generator, sizes);
  const random = createRandom(seed).fork('user-controllable-lt');
  return startTraining<UserControllableLtParameters, Omit<TrainedUserControllableLt, 'history'>>({
    store,
    begin,
    checkpointEverySeconds,
    reportEvery,
    signal,
    kind: 'user-controllable-lt',
    settings: { ...settings, config },
    defaults: defaultSettings(userControllableLtSettings),
    reads: { generator: generator.parameters },
    steps,
    optimizer: createAdam({ clipNorm: 1 }),
    initial: () => initialParameters(random, generator, config, truncationPsi),
    learningRate: constantSchedule(learningRate),
    prepare: async (step) => {
      const options = { count: batchSize, truncationPsi, moveShare, grid };
      const pairs = await drawPairs(random.fork(step), generator, config, options);
      if (!pairs) return null;
      const { input, moved, skipped } = pairs;
      return {
        metrics: { skippedPairs: skipped },
        dispose: () => tf.dispose([moved, ...Object.values(input)]),
        loss: (parameters) =>
          tf.tidy(() => {
            const predicted = userControllableLt(parameters, config, input);
            const error = tf.div(tf.sub(predicted, moved), detach(parameters.statistics.codes.std));
            return tf.mean(tf.square(error)) as tf.Scalar;
          }),
      };
    },
    finish: (parameters) => ({ config, parameters }),
  });
}

function initialParameters(
  random: Random,
  generator: Generator,
  config: UserControllableLtConfig,
  truncationPsi: number,
): UserControllableLtParameters {
  const options = { resolution: config.featureResolution, truncationPsi };
  const statistics = generatorStatistics(random.fork('statistics'), generator, options);
  try {
    return createUserControllableLtParameters(random.fork('initial'), config, statistics);
  } finally {
    disposeParameters(statistics);
  }
}
