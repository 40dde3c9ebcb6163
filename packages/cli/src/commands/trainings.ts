import {
  generatorSettings,
  motionFieldSettings,
  paperPreset,
  predictorSettings,
  predictorSizes,
  regularizerSettings,
  regularizerSizes,
  trainGenerator,
  trainMotionField,
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
import { loadLatentPredictor, saveLatentPredictor } from '@autodrag/latent-predictor';
import { createLatentRegularizer, loadLatentRegularizer, saveLatentRegularizer } from '@autodrag/latent-regularizer';
import { disposeParameters, type ParameterTree } from '@autodrag/nn';
import type { MetricsRow, TrainingOptions, TrainingProgress, TrainingRun } from '@autodrag/nn/training';
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
  readonly predictor?: string;
};

/** Models that a training may build upon, as options name them. */
export const modelNames = ['generator', 'regularizer', 'predictor'] as const;
type ModelName = (typeof modelNames)[number];

/** A training on its way, whose result comes as the files in which it is loaded. */
export type StartedTraining = {
  readonly progress: AsyncIterable<TrainingProgress>;
  finish(): Promise<{ history: MetricsRow[]; files: Record<string, Uint8Array> }>;
  /** Frees the models that it built upon, after its end. */
  dispose(): void;
};

export type Training = TrainingArguments & {
  /** The models that it builds upon. */
  readonly models: readonly ModelName[];
  /** Whether it learns from pictures of a renderer. */
  readonly draws: boolean;
  readonly start: (options: StartTraining) => Promise<StartedTraining>;
};

const stagesDecide =
  "the stages of this training decide that. --minutes M ends it early with a checkpoint; --set 'stages=[…]' gives it other stages.";

/** Weights are stored at half precision. */
const half = { dtype: 'float16' } as const;

export const trainings = {
  generator: {
    settings: generatorSettings,
    steps: { instead: stagesDecide },
    batch: { instead: stagesDecide },
    models: ['generator'],
    draws: true,
    async start({ settings, options, domain, generator: file }) {
      const initial = file === undefined ? undefined : await loadStyleGan2(await readWholeFile(file));
      const run = trainGenerator({ ...settings, ...options, domain, initial });
      return started(
        run,
        async ({ config, parameters }) => ({
          'generator.safetensors': await saveStyleGan2(config, parameters, half),
        }),
        () => initial && disposeParameters(initial.parameters),
      );
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
      return started(run, async ({ parameters }) => ({
        'detector.safetensors': await saveLandmarkDetector(parameters, domain, half),
      }));
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
      return started(
        run,
        async ({ config, parameters }) => ({
          'regularizer.safetensors': await saveLatentRegularizer(config, parameters, half),
        }),
        () => generator.dispose(),
      );
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
      return started(
        run,
        async ({ config, parameters }) => ({
          'predictor.safetensors': await saveLatentPredictor(config, parameters.predictor, half),
          'regularizer.safetensors': await saveLatentRegularizer(regularizer.config, parameters.regularizer, half),
        }),
        () => {
          generator.dispose();
          disposeParameters(regularizer.parameters);
        },
      );
    },
  },
  'motion-field': {
    settings: motionFieldSettings,
    steps: { setting: 'steps' },
    batch: { setting: 'motions' },
    models: ['generator', 'regularizer', 'predictor'],
    draws: false,
    async start({ settings, options, generator: file, ...others }) {
      const generator = await openGenerator(file);
      const loaded = await loadLatentRegularizer(await bytesOf(others.regularizer, 'regularizer'));
      const regularizer = createLatentRegularizer(loaded.config, loaded.parameters);
      const predictor = await loadLatentPredictor(await bytesOf(others.predictor, 'predictor'));
      const run = trainMotionField({ ...settings, ...options, generator, regularizer, predictor });
      return started(
        run,
        async ({ config, parameters }) => ({
          'predictor.safetensors': await saveLatentPredictor(config, parameters, half),
        }),
        () => {
          generator.dispose();
          regularizer.dispose();
          disposeParameters(predictor.parameters);
        },
      );
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
      return started(
        run,
        async ({ config, parameters }) => ({
          'user-controllable-lt.safetensors': await saveUserControllableLt(config, parameters, half),
        }),
        () => generator.dispose(),
      );
    },
  },
} as const satisfies Record<string, Training>;

export type TrainingName = keyof typeof trainings;

/**
 * A training that runs.
 *
 * @param save its result as files, by name
 * @param dispose frees the models that it builds upon
 */
function started<R extends { readonly parameters: ParameterTree; readonly history: MetricsRow[] }>(
  { progress, result }: TrainingRun<R>,
  save: (result: R) => Promise<Record<string, Uint8Array>>,
  dispose = () => {},
): StartedTraining {
  return {
    progress,
    async finish() {
      const finished = await result;
      const files = await save(finished);
      disposeParameters(finished.parameters);
      return { history: finished.history, files };
    },
    dispose,
  };
}

async function openGenerator(file: string | undefined): Promise<Generator> {
  const { config, parameters } = await loadStyleGan2(await bytesOf(file, 'generator'));
  return createGenerator(config, parameters);
}

async function bytesOf(file: string | undefined, name: ModelName): Promise<Uint8Array> {
  return file === undefined ? readSource(defaultWeights[name], name) : readWholeFile(file);
}
