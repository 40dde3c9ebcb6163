import { avatarDomain } from '@autodrag/avatars';
import { createMuon, createRandom, disposeParameters, InvalidArgumentError } from '@autodrag/nn';
import {
  defaultSettings,
  type MetricsRow,
  resolveSettings,
  type SettingsOf,
  startTraining,
  type TrainingOptions,
  type TrainingRun,
} from '@autodrag/nn/training';
import { checkDomain, type RenderedDomain } from '@autodrag/rendered-domain';
import { averageCode, type StyleGan2Config, type StyleGan2Parameters } from '@autodrag/stylegan2';
import * as tf from '@tensorflow/tfjs-core';
import { configFor } from './config-for.js';
import { drawRenders } from './draw-renders.js';
import {
  createGeneratorTraining,
  drawBatch,
  type GeneratorTrainingParameters,
  plainLoss,
  sharpLoss,
  weightedReadoutLoss,
} from './generator-losses.js';
import { editedLayers, type GeneratorStage, generatorSettings } from './generator-settings.js';
import { windowBlock } from './synthesize-window.js';

export type TrainGeneratorOptions = TrainingOptions &
  Partial<SettingsOf<typeof generatorSettings>> & {
    /** The renderer that it should learn. @default the avatars */
    domain?: RenderedDomain;
    /** @default the embedded default's networks, for the domain's latent and as large as the largest stage */
    config?: StyleGan2Config;
    /**
     * A generator to begin with, in place of random weights: it is copied, and stays the caller's. Its configuration is
     * taken; the largest stage must not be larger than it is.
     */
    initial?: { readonly config: StyleGan2Config; readonly parameters: StyleGan2Parameters };
  };

/** The critic and the loss's landmark detector learn at this share of the generator's rate. */
const judgesRate = 0.3;

export type TrainedGenerator = { config: StyleGan2Config; parameters: StyleGan2Parameters; history: MetricsRow[] };

/**
 * Distils a renderer into a StyleGAN2: the synthesis network must give `render(geometry(z1), appearance(z2))`
 * for the first six layers of w from z1 and the others from z2. A regression, progressive in resolution: what counts is
 * the number of optimiser steps, and those at 16x16 are cheap. Stages may be sharpened by a critic and by the features
 * of a landmark detector, both of which learn beside the generator, so that one training does it all. A linear reader
 * keeps all of z readable in w from the first step on (`readoutLoss`).
 *
 * @returns its progress, and its result: the trained parameters, the caller's to dispose, and their configuration
 * @throws InvalidArgumentError if a setting breaks its rule, or the domain lacks something
 */
export function trainGenerator({
  domain = avatarDomain,
  config: givenConfig,
  initial,
  store,
  begin,
  checkpointEverySeconds,
  reportEvery,
  signal,
  ...given
}: TrainGeneratorOptions = {}): TrainingRun<TrainedGenerator> {
  checkDomain('trainGenerator', domain);
  const settings = resolveSettings('trainGenerator', generatorSettings, given);
  const { seed, stages, readoutWeight } = settings;
  if (begin && initial) {
    throw new InvalidArgumentError('trainGenerator: begin, initial: give one of them: each is what it begins with.');
  }
  const config = initial?.config ?? givenConfig ?? configFor(domain, stages);
  for (const stage of stages) checkStage(stage, config);
  if (config.zDim !== domain.latentDimensions) {
    throw new InvalidArgumentError(
      `trainGenerator: config.zDim: expected ${domain.latentDimensions}, the latent of the ${domain.name}, got ${config.zDim}.`,
    );
  }
  const starts = stages.map((_, i) => stages.slice(0, i).reduce((sum, stage) => sum + stage.steps, 0));
  const stageAt = (step: number) => {
    let i = stages.length - 1;
    while (starts[i]! > step) i -= 1;
    return { stage: stages[i]!, progress: (step - starts[i]!) / stages[i]!.steps, start: starts[i] === step };
  };
  const steps = stages.reduce((sum, stage) => sum + stage.steps, 0);
  const random = createRandom(seed).fork('generator');
  return startTraining<GeneratorTrainingParameters, Omit<TrainedGenerator, 'history'>>({
    store,
    begin,
    checkpointEverySeconds,
    reportEvery,
    signal,
    kind: 'generator',
    settings: { ...settings, optimizer: 'muon', config, domain: domain.name },
    // A checkpoint that names no domain or no reader was written before there were any.
    defaults: { ...defaultSettings(generatorSettings), readoutWeight: 0, domain: avatarDomain.name },
    reads: initial ? { initial: initial.parameters } : {},
    steps,
    // 1000 steps at 16x16 from the same start ended at an L1 of 0.049; with Adam (no momentum, its best rate) at 0.070.
    optimizer: createMuon({ beta1: 0, beta2: 0.99, clipNorm: 10 }),
    initial: () => createGeneratorTraining(random, config, domain.landmarkNames.length, initial?.parameters),
    learningRate: (step) => {
      const { stage, progress } = stageAt(step);
      const cosine = 0.5 * (1 + Math.cos(Math.PI * progress));
      const rate = stage.finalLearningRate + (stage.learningRate - stage.finalLearningRate) * cosine;
      const blocks = Math.log2(stage.resolution / config.constSize[0]) + 1;
      return (name) => {
        if (name.startsWith('readout.')) return rate;
        if (!name.startsWith('generator.')) return stage.sharp ? judgesRate * rate : 0;
        return blockOf(name) < blocks ? rate : 0;
      };
    },
    // A block that comes into play has second moments of zero: with the old step count its first updates would be ten
    // times too large.
    resetOptimizer: (step) => step > 0 && stageAt(step).start,
    phase: (step) => `${stageAt(step).stage.resolution}x${stageAt(step).stage.resolution}`,
    prepare: async (step) => {
      const { stage } = stageAt(step);
      const { resolution } = stage;
      const draw = random.fork(step);
      // The picture at 16x16 depends on layers 0 to 5 alone: it can know where things are, and not their colours.
      const neutral = 2 * Math.log2(resolution) - 2 <= editedLayers;
      const renders = drawRenders(draw, domain, stage, { neutral });
      return {
        dispose: renders.dispose,
        loss: (parameters, report) => {
          const { image, w } = drawBatch(parameters.generator, config, renders, resolution);
          const regression = stage.sharp
            ? sharpLoss(parameters, image, renders, { step, resolution, random: draw.fork('penalty'), report })
            : plainLoss(image, renders, report);
          if (readoutWeight === 0) return regression;
          return tf.add(regression, weightedReadoutLoss(parameters, w, renders.z, { weight: readoutWeight, report }));
        },
      };
    },
    finish: async ({ generator, ...others }) => {
      disposeParameters(others);
      const wAvg = await averageCode(generator, config, { samples: 16384, random: random.fork('average') });
      generator.buffers.wAvg.dispose();
      return { config, parameters: { ...generator, buffers: { ...generator.buffers, wAvg } } };
    },
  });
}

/** A window is made of whole cells of the 64x64 block, and of pixels that halve four times. */
function checkStage({ resolution, window, sharp }: GeneratorStage, config: StyleGan2Config): void {
  if (resolution > config.resolution) {
    throw new InvalidArgumentError(
      `trainGenerator: stages: resolution: expected at most ${config.resolution}, the generator's, got ${resolution}.`,
    );
  }
  if (sharp && resolution < 16) {
    throw new InvalidArgumentError(
      `trainGenerator: stages: sharp: expected a resolution of at least 16, got ${resolution}.`,
    );
  }
  if (window === undefined) return;
  if (resolution < windowBlock || window > resolution || window % 16 !== 0) {
    throw new InvalidArgumentError(
      `trainGenerator: stages: window: expected a multiple of 16 up to the resolution, of at least ${windowBlock}, got ${window} at ${resolution}.`,
    );
  }
}

/** Index of the block of the synthesis network that a parameter belongs to, -1 for the mapping network's. */
function blockOf(name: string): number {
  return Number(/^generator\.synthesis\.blocks\.(\d+)\./.exec(name)?.[1] ?? -1);
}
