import {
  generatorSettings,
  paperPreset,
  predictorSettings,
  predictorSizes,
  regularizerSettings,
  regularizerSizes,
  trainGenerator,
  trainPredictor,
  trainRegularizer,
} from '@autodrag/autodrag/training';
import { defaultWeights } from '@autodrag/avatars';
import {
  saveUserControllableLt,
  trainUserControllableLt,
  userControllableLtSettings,
  userControllableLtSizes,
} from '@autodrag/evaluation';
import { saveLatentPredictor } from '@autodrag/latent-predictor';
import { loadLatentRegularizer, saveLatentRegularizer } from '@autodrag/latent-regularizer';
import { disposeParameters } from '@autodrag/nn';
import type { MetricsRow, TrainingOptions, TrainingProgress } from '@autodrag/nn/training';
import type { RenderedDomain } from '@autodrag/rendered-domain';
import { detectorSettings, saveLandmarkDetector, trainDetector } from '@autodrag/rendered-domain/detector';
import { createGenerator, type Generator, loadStyleGan2, saveStyleGan2 } from '@autodrag/stylegan2';
import { readWholeFile } from '../node/read-file.js';
import { readSource } from '../node/read-source.js';
import type { GivenSettings, TrainingArguments } from './training-settings.js';

export type StartTraining = GivenSettings & {
  readonly options: TrainingOptions;
  /** What is drawn, for trainings that draw. */
  readonly domain: RenderedDomain;
  /** Files of the models that it builds upon; the avatars' where not given. */
  readonly generator?: string;
  readonly regularizer?: string;
};

/** A training on its way, whose result comes as the files in which it is loaded. */
export type StartedTraining = {
  readonly progress: AsyncIterable<TrainingProgress>;
  finish(): Promise<{ history: MetricsRow[]; files: Record<string, Uint8Array> }>;
  /** Frees the models that it built upon, after its end. */
  dispose(): void;
};

export type Training = TrainingArguments & {
  /** The models that it builds upon. */
  readonly models: readonly ('generator' | 'regularizer')[];
  /** Whether it learns from pictures of a renderer. */
  readonly draws: boolean;
  readonly start: (options: StartTraining) => Promise<StartedTraining>;
};

const stagesDecide =
  "the stages of this training decide that. --minutes M ends it early with a checkpoint; --set 'stages=[…]' gives it other stages.";

export const trainings = {
  generator: {
    settings: generatorSettings,
    steps: { instead: stagesDecide },
    batch: { instead: stagesDecide },
    models: [],
    draws: true,
    async start({ settings, options, domain }) {
      const run = trainGenerator({ ...settings, ...options, domain });
      return {
        progress: run.progress,
        async finish() {
          const { config, parameters, history } = await run.result;
          const bytes = await saveStyleGan2(config, parameters, { dtype: 'float16' });
          disposeParameters(parameters);
          return { history, files: { 'generator.safetensors': bytes } };
        },
        dispose() {},
      };
    },
  },
  detector: {
    settings: detectorSettings,
    steps: { setting: 'steps' },
    batch: { setting: 'batchSize' },
    models: [],
    draws: true,
    async start({ settings, options, domain }) {
      const run = trainDetector({ ...settings, ...options, domain });
      return {
        progress: run.progress,
        async finish() {
          const { parameters, history } = await run.result;
          const bytes = await saveLandmarkDetector(parameters, domain, { dtype: 'float16' });
          disposeParameters(parameters);
          return { history, files: { 'detector.safetensors': bytes } };
        },
        dispose() {},
      };
    },
  },
  regularizer: {
    settings: regularizerSettings,
    sizes: regularizerSizes,
    presets: { paper: paperPreset.regularizer },
    steps: { setting: 'steps' },
    batch: { setting: 'batchSize' },
    models: ['generator'],
    draws: false,
    async start({ settings, sizes, options, generator: file }) {
      const generator = await openGenerator(file);
      const run = trainRegularizer({ ...settings, ...options, config: sizes, generator });
      return {
        progress: run.progress,
        async finish() {
          const { config, parameters, history } = await run.result;
          const bytes = await saveLatentRegularizer(config, parameters, { dtype: 'float16' });
          disposeParameters(parameters);
          return { history, files: { 'regularizer.safetensors': bytes } };
        },
        dispose: () => generator.dispose(),
      };
    },
  },
  predictor: {
    settings: predictorSettings,
    sizes: predictorSizes,
    presets: { paper: paperPreset.predictor },
    steps: { setting: 'steps' },
    batch: { setting: 'motions' },
    models: ['generator', 'regularizer'],
    draws: false,
    async start({ settings, sizes, options, generator: file, regularizer: regularizerFile }) {
      const generator = await openGenerator(file);
      const regularizer = await loadLatentRegularizer(await bytesOf(regularizerFile, 'regularizer'));
      const run = trainPredictor({ ...settings, ...options, config: sizes, generator, regularizer });
      return {
        progress: run.progress,
        async finish() {
          const { config, parameters, history } = await run.result;
          const files = {
            'predictor.safetensors': await saveLatentPredictor(config, parameters.predictor, { dtype: 'float16' }),
            'regularizer.safetensors': await saveLatentRegularizer(regularizer.config, parameters.regularizer, {
              dtype: 'float16',
            }),
          };
          disposeParameters(parameters);
          return { history, files };
        },
        dispose() {
          generator.dispose();
          disposeParameters(regularizer.parameters);
        },
      };
    },
  },
  'user-controllable-lt': {
    settings: userControllableLtSettings,
    sizes: userControllableLtSizes,
    steps: { setting: 'steps' },
    batch: { setting: 'batchSize' },
    models: ['generator'],
    draws: false,
    async start({ settings, sizes, options, generator: file }) {
      const generator = await openGenerator(file);
      const run = trainUserControllableLt({ ...settings, ...options, config: sizes, generator });
      return {
        progress: run.progress,
        async finish() {
          const { config, parameters, history } = await run.result;
          const bytes = await saveUserControllableLt(config, parameters, { dtype: 'float16' });
          disposeParameters(parameters);
          return { history, files: { 'user-controllable-lt.safetensors': bytes } };
        },
        dispose: () => generator.dispose(),
      };
    },
  },
} as const satisfies Record<string, Training>;

export type TrainingName = keyof typeof trainings;

async function openGenerator(file: string | undefined): Promise<Generator> {
  const { config, parameters } = await loadStyleGan2(await bytesOf(file, 'generator'));
  return createGenerator(config, parameters);
}

async function bytesOf(file: string | undefined, name: 'generator' | 'regularizer'): Promise<Uint8Array> {
  return file === undefined ? readSource(defaultWeights[name], name) : readWholeFile(file);
}
