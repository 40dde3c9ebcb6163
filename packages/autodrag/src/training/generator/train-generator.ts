import { createMuon, createRandom, type Random } from '@autodrag/nn';
import {
  defaultSettings,
  type MetricsRow,
  resolveSettings,
  type SettingsOf,
  startTraining,
  type TrainingOptions,
  type TrainingRun,
} from '@autodrag/nn/training';
import {
  createStyleGan2Parameters,
  mapping,
  type StyleGan2Config,
  type StyleGan2Parameters,
} from '@autodrag/stylegan2';
import * as tf from '@tensorflow/tfjs-core';
import { generatorBatch } from './generator-batch.js';
import { generatorLoss } from './generator-loss.js';
import { avatarGeneratorConfig, generatorSettings } from './generator-settings.js';

export type TrainGeneratorOptions = TrainingOptions &
  Partial<SettingsOf<typeof generatorSettings>> & {
    /** @default the embedded default: 128x128, z 64, w 128, three mapping layers, about 1.7 M parameters */
    config?: StyleGan2Config;
  };

export type TrainedGenerator = { config: StyleGan2Config; parameters: StyleGan2Parameters; history: MetricsRow[] };

/**
 * Distils the avatar renderer into a StyleGAN2: the synthesis network must give `render(geometry(z1), appearance(z2))` for
 * the first six layers of w from z1 and the others from z2. A regression by L1, progressive in resolution: what counts is the number of
 * optimiser steps, and those at 16x16 are cheap.
 *
 * @returns its progress, and its result: the trained parameters, the caller's to dispose, and their configuration
 * @throws InvalidArgumentError if a setting breaks its rule
 */
export function trainGenerator({
  config = avatarGeneratorConfig,
  store,
  checkpointEverySeconds,
  reportEvery,
  signal,
  ...given
}: TrainGeneratorOptions = {}): TrainingRun<TrainedGenerator> {
  const settings = resolveSettings('trainGenerator', generatorSettings, given);
  const { seed, stages } = settings;
  const starts = stages.map((_, i) => stages.slice(0, i).reduce((sum, stage) => sum + stage.steps, 0));
  const stageAt = (step: number) => {
    let i = stages.length - 1;
    while (starts[i]! > step) i -= 1;
    return { stage: stages[i]!, progress: (step - starts[i]!) / stages[i]!.steps, start: starts[i] === step };
  };
  const steps = stages.reduce((sum, stage) => sum + stage.steps, 0);
  const random = createRandom(seed).fork('generator');
  return startTraining<StyleGan2Parameters, Omit<TrainedGenerator, 'history'>>({
    store,
    checkpointEverySeconds,
    reportEvery,
    signal,
    kind: 'generator',
    settings: { ...settings, optimizer: 'muon', config },
    defaults: defaultSettings(generatorSettings),
    steps,
    // 1000 steps at 16x16 from the same start ended at an L1 of 0.049; with Adam (no momentum, its best rate) at 0.070.
    optimizer: createMuon({ beta1: 0, beta2: 0.99, clipNorm: 10 }),
    initial: () => createStyleGan2Parameters(random.fork('initial'), config),
    learningRate: (step) => {
      const { stage, progress } = stageAt(step);
      const cosine = 0.5 * (1 + Math.cos(Math.PI * progress));
      const rate = stage.finalLearningRate + (stage.learningRate - stage.finalLearningRate) * cosine;
      const blocks = Math.log2(stage.resolution / config.constSize[0]) + 1;
      return (name) => (blockOf(name) < blocks ? rate : 0);
    },
    // A block that comes into play has second moments of zero: with the old step count its first updates would be ten times too large.
    resetOptimizer: (step) => step > 0 && stageAt(step).start,
    phase: (step) => `${stageAt(step).stage.resolution}x${stageAt(step).stage.resolution}`,
    prepare: async (step) => {
      const { stage } = stageAt(step);
      const batch = generatorBatch(random.fork(step), config, stage);
      return {
        dispose: batch.dispose,
        loss: (parameters, report) => generatorLoss(parameters, config, batch, report),
      };
    },
    finish: (parameters) => {
      const wAvg = averageCode(parameters, config, random.fork('average'));
      parameters.buffers.wAvg.dispose();
      return { config, parameters: { ...parameters, buffers: { ...parameters.buffers, wAvg } } };
    },
  });
}

/** The middle of W, towards which truncation pulls: the mean of 16384 codes, `[wDim]`. */
function averageCode(parameters: StyleGan2Parameters, config: StyleGan2Config, random: Random): tf.Tensor1D {
  return tf.tidy(() => {
    const z = random.normalTensor([16384, config.zDim]) as tf.Tensor2D;
    return tf.mean(tf.slice(mapping(parameters, config, z), [0, 0, 0], [-1, 1, -1]), [0, 1]) as tf.Tensor1D;
  });
}

/** Index of the block of the synthesis network that a parameter belongs to, -1 for the mapping network's. */
function blockOf(name: string): number {
  return Number(/^synthesis\.blocks\.(\d+)\./.exec(name)?.[1] ?? -1);
}
