import { saveLandmarkDetector } from '@autodrag/avatars';
import { saveLatentPredictor } from '@autodrag/latent-predictor';
import { latentRegularizerConfig, loadLatentRegularizer, saveLatentRegularizer } from '@autodrag/latent-regularizer';
import { disposeParameters } from '@autodrag/nn';
import { createGenerator, type Generator, loadStyleGan2, numWs, saveStyleGan2 } from '@autodrag/stylegan2';
import { defaultWeights } from '../../default-weights.js';
import { readWholeFile } from '../../node/read-file.js';
import { readSource } from '../../read-source.js';
import {
  avatarGeneratorConfig,
  defaultPredictorConfig,
  type MetricsRow,
  type TrainingOptions,
  type TrainingProgress,
  trainDetector,
  trainGenerator,
  trainPredictor,
  trainRegularizer,
} from '../../training/index.js';

/** What a training ends with: the weight files that belong into its folder. */
export type TrainedFiles = Record<string, Uint8Array>;

export type StartTraining = {
  /** Options of the training itself, as given on the command line. */
  settings: TrainingOptions & Record<string, unknown>;
  /** Files of the models that it builds upon; the avatars' where not given. */
  generator: string | undefined;
  regularizer: string | undefined;
};

/** Runs a training and, at its end, puts the weights into the form in which they are loaded. */
export type Training = (
  options: StartTraining,
) => AsyncGenerator<TrainingProgress, { step: number; history: MetricsRow[]; files: () => Promise<TrainedFiles> }>;

export const trainings = {
  generator: async function* ({ settings }) {
    const { parameters, ...rest } = yield* trainGenerator(settings);
    return {
      ...rest,
      files: async () => ({
        'generator.safetensors': await saveStyleGan2(avatarGeneratorConfig, parameters, { dtype: 'float16' }),
      }),
    };
  },
  detector: async function* ({ settings }) {
    const { parameters, ...rest } = yield* trainDetector(settings);
    return { ...rest, files: async () => ({ 'detector.safetensors': await saveLandmarkDetector(parameters) }) };
  },
  regularizer: async function* ({ settings, generator: file }) {
    const generator = await openGenerator(file);
    const config = latentRegularizerConfig('compact', {
      numWs: numWs(generator.config),
      wDim: generator.config.wDim,
      encoderLayers: 2,
      decoderLayers: 2,
    });
    const { parameters, ...rest } = yield* trainRegularizer({ ...settings, generator, config });
    generator.dispose();
    return {
      ...rest,
      files: async () => ({ 'regularizer.safetensors': await saveLatentRegularizer(config, parameters) }),
    };
  },
  predictor: async function* ({ settings, generator: file, regularizer: regularizerFile }) {
    const generator = await openGenerator(file);
    const regularizer = await loadLatentRegularizer(await bytesOf(regularizerFile, 'regularizer'));
    const config = defaultPredictorConfig(generator);
    const { parameters, ...rest } = yield* trainPredictor({ ...settings, generator, regularizer, config });
    generator.dispose();
    disposeParameters(regularizer.parameters);
    return {
      ...rest,
      files: async () => ({
        'predictor.safetensors': await saveLatentPredictor(config, parameters.predictor),
        'regularizer.safetensors': await saveLatentRegularizer(regularizer.config, parameters.regularizer),
      }),
    };
  },
} as const satisfies Record<string, Training>;

export type TrainingName = keyof typeof trainings;

async function openGenerator(file: string | undefined): Promise<Generator> {
  const { config, parameters } = await loadStyleGan2(await bytesOf(file, 'generator'));
  return createGenerator(config, parameters);
}

async function bytesOf(file: string | undefined, name: 'generator' | 'regularizer'): Promise<Uint8Array> {
  return file === undefined ? readSource((await defaultWeights())[name], name, {}) : readWholeFile(file);
}
