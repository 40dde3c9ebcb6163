import {
  codeStatistics,
  createLatentRegularizerParameters,
  type LatentRegularizerConfig,
  type LatentRegularizerParameters,
  latentRegularizer,
  latentRegularizerConfig,
  perturbCodes,
  regularizerLoss,
  stageOneCodes,
} from '@autodrag/latent-regularizer';
import { createRandom, InvalidArgumentError } from '@autodrag/nn';
import {
  anyNumber,
  defaultSettings,
  type MetricsRow,
  numberFromZero,
  oneOf,
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
import { type Generator, numWs } from '@autodrag/stylegan2';
import * as tf from '@tensorflow/tfjs-core';
import { drawCodes } from './draw-codes.js';
import { stageRate } from './learning-rate.js';
import { optimizers } from './optimizers.js';

export const regularizerSettings = {
  steps: setting(wholeNumber(1), 3000, 'optimiser steps in all'),
  batchSize: setting(wholeNumber(1), 64, 'codes a step'),
  learningRate: setting(positiveNumber, 0.004, 'at the start'),
  warmupSteps: setting(wholeNumber(0), 100, 'steps over which the rate rises from nothing'),
  ratePeriod: setting(
    wholeNumber(-1),
    0,
    'steps in which the rate falls to a hundredth, again and again; 0: once over all; -1: it stays',
  ),
  mixing: setting(share, 0.4, 'share of codes whose first layers are of another picture'),
  motion: setting(share, 0.4, 'share of codes whose first layers are on the way to another picture'),
  sigma: setting(numberFromZero, 0.3, 'noise of the outlier codes, in standard deviations'),
  truncationPsi: setting(anyNumber, 0.7, 'truncation of the codes'),
  optimizer: setting(oneOf('muon', 'adam'), 'muon', 'how parameters move'),
  seed: setting(wholeNumber(0), 0, 'of all that is random'),
};

/** The sizes of a regularizer that one may want to change; they are stored with its weights. */
export const regularizerSizes = {
  width: setting(wholeNumber(1), 128, 'of the transformer; a multiple of heads'),
  heads: setting(wholeNumber(1), 4, 'of attention'),
  feedForward: setting(wholeNumber(1), 512, 'hidden features of each feed-forward block'),
  encoderLayers: setting(wholeNumber(1), 2, 'layers over the noised codes'),
  decoderLayers: setting(wholeNumber(1), 2, 'layers over the clean codes'),
};

export type TrainRegularizerOptions = TrainingOptions &
  Partial<SettingsOf<typeof regularizerSettings>> & {
    /** Frozen; stays the caller's, to the end of the training. */
    generator: Generator;
    /** Sizes; those left out are of `regularizerSizes`, and of the preset `compact` beyond them. */
    config?: Partial<LatentRegularizerConfig>;
  };

export type TrainedRegularizer = {
  config: LatentRegularizerConfig;
  parameters: LatentRegularizerParameters;
  history: MetricsRow[];
};

/**
 * Stage 1: the Latent Regularizer learns to restore noised codes (Eq. 1-6), among them codes of motion sequences and of
 * style mixing, so that it cannot learn to copy the clean layers (`docs/method.md`, "the first trap").
 *
 * @returns its progress, and its result: the trained parameters, the caller's to dispose, and their configuration
 * @throws InvalidArgumentError if a setting breaks its rule
 */
export function trainRegularizer({
  generator,
  config: sizes = {},
  store,
  begin,
  checkpointEverySeconds,
  reportEvery,
  signal,
  ...given
}: TrainRegularizerOptions): TrainingRun<TrainedRegularizer> {
  const settings = resolveSettings('trainRegularizer', regularizerSettings, given);
  const { seed, steps, batchSize, mixing, motion, sigma, truncationPsi } = settings;
  if (mixing + motion > 1) {
    throw new InvalidArgumentError(
      `trainRegularizer: mixing and motion: expected shares whose sum is at most 1, got ${mixing} and ${motion}.`,
    );
  }
  const config = latentRegularizerConfig('compact', {
    numWs: numWs(generator.config),
    wDim: generator.config.wDim,
    ...defaultSettings(regularizerSizes),
    ...sizes,
  });
  const random = createRandom(seed).fork('regularizer');
  const { editedLayers } = config;
  return startTraining<LatentRegularizerParameters, Omit<TrainedRegularizer, 'history'>>({
    store,
    begin,
    checkpointEverySeconds,
    reportEvery,
    signal,
    kind: 'regularizer',
    settings: { ...settings, config },
    defaults: defaultSettings(regularizerSettings),
    reads: { generator: generator.parameters },
    steps,
    optimizer: optimizers[settings.optimizer]({ clipNorm: 1 }),
    initial: () => {
      const codes = drawCodes(random.fork('statistics'), generator, 4096, { truncationPsi });
      const statistics = codeStatistics(codes);
      const parameters = createLatentRegularizerParameters(random.fork('initial'), config, statistics);
      tf.dispose([codes, statistics.average, statistics.std]);
      return parameters;
    },
    learningRate: stageRate(settings, steps),
    prepare: async (step) => {
      const draw = random.fork(step);
      const first = drawCodes(draw, generator, batchSize, { truncationPsi });
      const second = drawCodes(draw, generator, batchSize, { truncationPsi });
      const clean = stageOneCodes(draw, first, second, { editedLayers, mixing, motion });
      tf.dispose([first, second]);
      return {
        dispose: () => clean.dispose(),
        loss: (parameters) => {
          const { statistics } = parameters;
          const noised = perturbCodes(draw.fork('noise'), clean, {
            statistics,
            editedLayers,
            sigma,
            severity: 'uniform',
          });
          return regularizerLoss(latentRegularizer(parameters, config, noised), clean, { editedLayers, statistics });
        },
      };
    },
    finish: (parameters) => ({ config, parameters }),
  });
}
