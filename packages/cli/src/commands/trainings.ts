import { readSource } from '@autodrag/autodrag';
import {
  avatarGeneratorConfig,
  defaultPredictorConfig,
  type MetricsRow,
  type TrainDetectorOptions,
  type TrainGeneratorOptions,
  type TrainingOptions,
  type TrainingProgress,
  type TrainPredictorOptions,
  type TrainRegularizerOptions,
  trainDetector,
  trainGenerator,
  trainPredictor,
  trainRegularizer,
} from '@autodrag/autodrag/training';
import { defaultWeights } from '@autodrag/avatars';
import { saveLandmarkDetector } from '@autodrag/avatars/detector';
import { saveLatentPredictor } from '@autodrag/latent-predictor';
import { latentRegularizerConfig, loadLatentRegularizer, saveLatentRegularizer } from '@autodrag/latent-regularizer';
import { disposeParameters } from '@autodrag/nn';
import {
  blockResolutions,
  createGenerator,
  type Generator,
  loadStyleGan2,
  numWs,
  saveStyleGan2,
} from '@autodrag/stylegan2';
import { readWholeFile } from '../node/read-file.js';
import {
  anyNumber,
  interval,
  listOf,
  numberFromZero,
  oneOf,
  positiveNumber,
  type SettingsOf,
  share,
  type TrainingArguments,
  wholeNumber,
} from './training-settings.js';

/** What a training ends with: the weight files that belong into its folder. */
export type TrainedFiles = Record<string, Uint8Array>;

export type StartTraining = {
  /** Options of the training itself, as given on the command line. */
  settings: TrainingOptions & Record<string, unknown>;
  /** Files of the models that it builds upon; the avatars' where not given. */
  generator: string | undefined;
  regularizer: string | undefined;
};

/** A training run; at its end the weights come in the form in which they are loaded. */
export type TrainingRun = AsyncGenerator<
  TrainingProgress,
  { step: number; history: MetricsRow[]; files: () => Promise<TrainedFiles> }
>;

export type Training = TrainingArguments & {
  /** The models that it builds upon. */
  readonly models: readonly ('generator' | 'regularizer')[];
  readonly run: (options: StartTraining) => TrainingRun;
};

const commonSettings: SettingsOf<TrainingOptions> = {
  seed: wholeNumber(0),
  reportEvery: wholeNumber(1),
  checkpointEverySeconds: numberFromZero,
};

const generatorSettings: SettingsOf<TrainGeneratorOptions> = {
  ...commonSettings,
  stages: listOf({
    resolution: oneOf(...blockResolutions(avatarGeneratorConfig)),
    steps: wholeNumber(1),
    batchSize: wholeNumber(1),
    learningRate: positiveNumber,
    finalLearningRate: positiveNumber,
    'faceWeight?': numberFromZero,
  }),
};

const detectorSettings: SettingsOf<TrainDetectorOptions> = {
  ...commonSettings,
  steps: wholeNumber(1),
  batchSize: wholeNumber(1),
  learningRate: positiveNumber,
};

const regularizerSettings: SettingsOf<TrainRegularizerOptions> = {
  ...commonSettings,
  steps: wholeNumber(1),
  batchSize: wholeNumber(1),
  learningRate: positiveNumber,
  sigma: numberFromZero,
  truncationPsi: anyNumber,
};

const predictorSettings: SettingsOf<TrainPredictorOptions> = {
  ...commonSettings,
  steps: wholeNumber(1),
  motions: wholeNumber(1),
  drags: wholeNumber(1),
  learningRate: positiveNumber,
  regularizerLearningRate: numberFromZero,
  freeRunningFrom: share,
  dragLossFrom: share,
  dragLossMotions: wholeNumber(0),
  displacementWeight: numberFromZero,
  predictionWeight: numberFromZero,
  dragWeight: numberFromZero,
  reach: interval,
  stillShare: share,
  direction: oneOf('toward', 'away'),
  spacing: oneOf('linear', 'geometric'),
  truncationPsi: anyNumber,
};

/** Sizes of the predictor; they go into its configuration. */
const predictorSizes = {
  tokens: oneOf('flat', 'layer'),
  width: wholeNumber(1),
  heads: wholeNumber(1),
  feedForward: wholeNumber(1),
  encoderLayers: wholeNumber(1),
  decoderLayers: wholeNumber(1),
  memoryGrid: wholeNumber(1),
  featureResolution: wholeNumber(4),
};

const stagesDecide =
  "the stages of this training decide that. --minutes M ends it early with a checkpoint; --set 'stages=[…]' gives it other stages.";

export const trainings = {
  generator: {
    settings: generatorSettings,
    steps: { instead: stagesDecide },
    batch: { instead: stagesDecide },
    models: [],
    run: async function* ({ settings }) {
      const { parameters, ...rest } = yield* trainGenerator(settings);
      return {
        ...rest,
        files: async () => ({
          'generator.safetensors': await saveStyleGan2(avatarGeneratorConfig, parameters, { dtype: 'float16' }),
        }),
      };
    },
  },
  detector: {
    settings: detectorSettings,
    steps: { setting: 'steps' },
    batch: { setting: 'batchSize' },
    models: [],
    run: async function* ({ settings }) {
      const { parameters, ...rest } = yield* trainDetector(settings);
      return {
        ...rest,
        files: async () => ({ 'detector.safetensors': await saveLandmarkDetector(parameters, { dtype: 'float16' }) }),
      };
    },
  },
  regularizer: {
    settings: regularizerSettings,
    steps: { setting: 'steps' },
    batch: { setting: 'batchSize' },
    models: ['generator'],
    run: async function* ({ settings, generator: file }) {
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
        files: async () => ({
          'regularizer.safetensors': await saveLatentRegularizer(config, parameters, { dtype: 'float16' }),
        }),
      };
    },
  },
  predictor: {
    settings: { ...predictorSettings, ...predictorSizes },
    steps: { setting: 'steps' },
    batch: { setting: 'motions' },
    models: ['generator', 'regularizer'],
    run: async function* ({ settings, generator: file, regularizer: regularizerFile }) {
      const generator = await openGenerator(file);
      const regularizer = await loadLatentRegularizer(await bytesOf(regularizerFile, 'regularizer'));
      const given = Object.entries(settings);
      const isSize = ([name]: [string, unknown]) => Object.hasOwn(predictorSizes, name);
      const config = defaultPredictorConfig(generator, Object.fromEntries(given.filter(isSize)));
      const options = Object.fromEntries(given.filter((setting) => !isSize(setting)));
      const { parameters, ...rest } = yield* trainPredictor({ ...options, generator, regularizer, config });
      generator.dispose();
      disposeParameters(regularizer.parameters);
      return {
        ...rest,
        files: async () => ({
          'predictor.safetensors': await saveLatentPredictor(config, parameters.predictor, { dtype: 'float16' }),
          'regularizer.safetensors': await saveLatentRegularizer(regularizer.config, parameters.regularizer, {
            dtype: 'float16',
          }),
        }),
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
  return file === undefined ? readSource(defaultWeights[name], name, {}) : readWholeFile(file);
}
