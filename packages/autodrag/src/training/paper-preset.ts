import { latentPredictorConfig } from '@autodrag/latent-predictor';
import { latentRegularizerConfig } from '@autodrag/latent-regularizer';
import type { SettingsOf } from '@autodrag/nn/training';
import type { predictorSizes } from './predictor/predictor-config.js';
import type { PredictorSettings } from './predictor/predictor-settings.js';
import type { regularizerSettings, regularizerSizes } from './train-regularizer.js';

/** The paper gives epochs, and not how long one is. Ours are of so many samples. */
export const epochSamples = 10_000;

const [batchSize, motions] = [16, 16];
const epochSteps = (samples: number) => Math.ceil(epochSamples / samples);
/** Sizes that are the generator's do not matter here. */
const generators = { numWs: 18, wDim: 512 };

/**
 * What the paper prints, where our defaults depart from it: settings and sizes of both stages. `docs/method.md` says
 * why.
 */
export const paperPreset: {
  regularizer: {
    settings: Partial<SettingsOf<typeof regularizerSettings>>;
    sizes: SettingsOf<typeof regularizerSizes>;
  };
  predictor: { settings: Partial<PredictorSettings>; sizes: SettingsOf<typeof predictorSizes> };
} = {
  regularizer: {
    settings: {
      steps: 50 * epochSteps(batchSize),
      batchSize,
      optimizer: 'adam',
      learningRate: 1e-3,
      warmupSteps: 0,
      ratePeriod: -1,
      mixing: 0,
      motion: 0,
    },
    sizes: pick(latentRegularizerConfig('paper', generators), [
      'width',
      'heads',
      'feedForward',
      'encoderLayers',
      'decoderLayers',
    ]),
  },
  predictor: {
    settings: {
      steps: 150 * epochSteps(motions),
      motions,
      drags: 1,
      optimizer: 'adam',
      learningRate: 1e-5,
      warmupSteps: 0,
      ratePeriod: 30 * epochSteps(motions),
      regularizerLearningRate: 1e-5,
      regularizerRate: 'constant',
      feeding: 'teacher',
      dragLossFrom: 0,
      dragLossMotions: motions,
      displacementWeight: 0,
      settling: false,
      matching: 'orb',
      points: 'long',
      reach: [1, 1],
      stillShare: 0,
      direction: 'away',
      spacing: 'geometric',
    },
    sizes: {
      ...pick(
        latentPredictorConfig('paper', {
          ...generators,
          featureResolution: 128,
          featureChannels: 512,
          imageResolution: 512,
        }),
        ['tokens', 'width', 'heads', 'feedForward', 'encoderLayers', 'decoderLayers', 'memoryGrid'],
      ),
      featureResolution: 128,
    },
  },
};

function pick<T, Name extends keyof T>(from: T, names: readonly Name[]): Pick<T, Name> {
  return Object.fromEntries(names.map((name) => [name, from[name]])) as Pick<T, Name>;
}
