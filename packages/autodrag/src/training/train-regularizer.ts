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
import { cosineSchedule, createMuon, createRandom, warmup } from '@autodrag/nn';
import { type Generator, numWs } from '@autodrag/stylegan2';
import * as tf from '@tensorflow/tfjs-core';
import { drawCodes } from './draw-codes.js';
import { runTraining } from './run-training.js';
import type { MetricsRow, TrainingOptions, TrainingProgress } from './training-types.js';

export interface TrainRegularizerOptions extends TrainingOptions {
  /** Frozen; stays the caller's. */
  generator: Generator;
  /** @default the preset 'compact' with two layers each */
  config?: LatentRegularizerConfig;
  /** @default 3000 */
  steps?: number;
  /** @default 64 */
  batchSize?: number;
  /** @default 0.004 */
  learningRate?: number;
  /** Noise of the outlier codes in standard deviations. @default 0.3 */
  sigma?: number;
  /** Of the codes. @default 0.7 */
  truncationPsi?: number;
}

/**
 * Stage 1: the Latent Regularizer learns to restore noised codes (Eq. 1-6), among them codes of motion sequences and of style
 * mixing, so that it cannot learn to copy the clean layers (`docs/method.md`, "the first trap").
 *
 * @returns the trained parameters, the caller's to dispose
 */
export async function* trainRegularizer({
  generator,
  config = latentRegularizerConfig('compact', {
    numWs: numWs(generator.config),
    wDim: generator.config.wDim,
    encoderLayers: 2,
    decoderLayers: 2,
  }),
  steps = 3000,
  batchSize = 64,
  learningRate = 0.004,
  sigma = 0.3,
  truncationPsi = 0.7,
  seed = 0,
  ...options
}: TrainRegularizerOptions): AsyncGenerator<
  TrainingProgress,
  { parameters: LatentRegularizerParameters; history: MetricsRow[]; step: number }
> {
  const random = createRandom(seed).fork('regularizer');
  const { editedLayers } = config;
  return yield* runTraining<LatentRegularizerParameters>({
    ...options,
    kind: 'regularizer',
    fingerprint: JSON.stringify({
      seed,
      config,
      optimizer: 'muon',
      steps,
      batchSize,
      learningRate,
      sigma,
      truncationPsi,
    }),
    steps,
    optimizer: createMuon({ clipNorm: 1 }),
    initial: () => {
      const codes = drawCodes(random.fork('statistics'), generator, 4096, { truncationPsi });
      const statistics = codeStatistics(codes);
      const parameters = createLatentRegularizerParameters(random.fork('initial'), config, statistics);
      tf.dispose([codes, statistics.average, statistics.std]);
      return parameters;
    },
    learningRate: warmup(cosineSchedule({ from: learningRate, to: learningRate / 100, period: steps }), 100),
    prepare: async (step) => {
      const draw = random.fork(step);
      const first = drawCodes(draw, generator, batchSize, { truncationPsi });
      const second = drawCodes(draw, generator, batchSize, { truncationPsi });
      const clean = stageOneCodes(draw, first, second, { editedLayers });
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
  });
}
