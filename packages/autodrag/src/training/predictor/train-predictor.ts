import { heightAndWidth, type LatentPredictorConfig, type LatentPredictorParameters } from '@autodrag/latent-predictor';
import type { LatentRegularizerConfig, LatentRegularizerParameters } from '@autodrag/latent-regularizer';
import { createOrbMatcher } from '@autodrag/matching';
import { createRandom, disposeParameters } from '@autodrag/nn';
import {
  defaultSettings,
  type MetricsRow,
  resolveSettings,
  startTraining,
  type TrainingOptions,
  type TrainingRun,
} from '@autodrag/nn/training';
import type { Generator } from '@autodrag/stylegan2';
import * as tf from '@tensorflow/tfjs-core';
import { codeSpreadOf } from '../code-spread-of.js';
import { optimizers } from '../optimizers.js';
import { withSettling } from '../with-settling.js';
import { createJointParameters, type JointParameters } from './joint-parameters.js';
import { createMotionPool, matchedResolutions } from './motion-pool.js';
import { predictedMotions } from './predicted-motions.js';
import { predictorBatch } from './predictor-batch.js';
import { defaultPredictorConfig } from './predictor-config.js';
import { predictorLoss } from './predictor-loss.js';
import { predictorSchedule } from './predictor-schedule.js';
import { type PredictorSettings, predictorSettings } from './predictor-settings.js';

export type TrainPredictorOptions = TrainingOptions &
  Partial<PredictorSettings> & {
    /** Frozen; stays the caller's, to the end of the training. */
    generator: Generator;
    /** Where stage 1 ended; stays the caller's. A copy is trained on together with the predictor. */
    regularizer: { config: LatentRegularizerConfig; parameters: LatentRegularizerParameters };
    /** Sizes; those left out are of `defaultPredictorConfig`, `steps` is the setting `motionSteps`. */
    config?: Partial<LatentPredictorConfig>;
  };

export type TrainedPredictor = {
  config: LatentPredictorConfig;
  /** The predictor's have the motion field in them, if drags are to be settled by it. */
  parameters: { predictor: LatentPredictorParameters; regularizer: LatentRegularizerParameters };
  history: MetricsRow[];
};

/**
 * Stage 2: the Latent Predictor learns motions of the frozen generator, jointly with the Regularizer (Eq. 7-14): first
 * single steps, then from its own predictions; on request, last with the drag loss through the generator. Beside the
 * codes of a motion it is given where the handles should end, which a motion field tells that learns along with it.
 *
 * @returns its progress, and its result: the trained parameters of predictor (with the motion field, by which drags are
 *   settled) and regularizer, the caller's to dispose, and the predictor's configuration
 * @throws InvalidArgumentError if a setting breaks its rule
 */
export function trainPredictor({
  generator,
  regularizer,
  config: sizes,
  store,
  begin,
  checkpointEverySeconds,
  reportEvery,
  signal,
  ...given
}: TrainPredictorOptions): TrainingRun<TrainedPredictor> {
  const settings = resolveSettings('trainPredictor', predictorSettings, given);
  const { seed, steps, truncationPsi } = settings;
  const config = defaultPredictorConfig(generator, { steps: settings.motionSteps, ...sizes });
  const random = createRandom(seed).fork('predictor');
  const schedule = predictorSchedule(settings);
  const [mapResolution] = heightAndWidth(config.featureResolution);
  const matcher = settings.matching === 'orb' ? createOrbMatcher() : null;
  const motionsAt = createMotionPool({
    ...settings,
    matcher,
    generator,
    random: random.fork('motions'),
    steps: config.steps,
    editedLayers: config.editedLayers,
    matchResolutions: matchedResolutions(mapResolution),
  });
  const spread = settings.settling ? codeSpreadOf(generator, random.fork('spread'), truncationPsi) : null;
  const models = { generator, config, regularizerConfig: regularizer.config, spread };
  return startTraining<JointParameters, Omit<TrainedPredictor, 'history'>>({
    store,
    begin,
    checkpointEverySeconds,
    reportEvery,
    signal,
    kind: 'predictor',
    settings: { ...settings, config, regularizerConfig: regularizer.config },
    defaults: defaultSettings(predictorSettings),
    reads: { generator: generator.parameters, regularizer: regularizer.parameters },
    steps,
    optimizer: optimizers[settings.optimizer]({ clipNorm: 1 }),
    initial: () =>
      createJointParameters(random, {
        ...{ generator, regularizer: regularizer.parameters, config, truncationPsi },
        // Nothing moves it where nothing is corrected: the weights say so to whoever uses them.
        gate: settings.regularization === 'none' ? 0 : undefined,
      }),
    learningRate: schedule.learningRate,
    phase: (step) => schedule.phaseAt(step).name,
    prepare: async (step, parameters) => {
      const phase = schedule.phaseAt(step);
      const options = { generator, config, settings, phase };
      const batch = await predictorBatch(random.fork(step), await motionsAt(step), options);
      if (!batch) return null;
      const predicted = phase.looking
        ? await predictedMotions(random.fork('predicted').fork(step), parameters, batch, models).catch((error) => {
            batch.dispose();
            throw error;
          })
        : null;
      const { drag, skippedMotions } = batch;
      return {
        metrics: { skippedMotions, ...(drag ? { shortMatches: drag.shortShare } : {}) },
        dispose: () => {
          batch.dispose();
          if (predicted) tf.dispose(Object.values(predicted));
        },
        loss: (current, report) => predictorLoss(current, { ...batch, predicted }, { ...models, settings }, report),
      };
    },
    dispose: () => {
      matcher?.dispose();
      spread?.dispose();
    },
    finish: ({ predictor, regularizer, field }) => {
      if (!spread) {
        disposeParameters(field);
        return { config, parameters: { predictor, regularizer } };
      }
      const settled = withSettling(config, predictor, { field, spread: tf.clone(spread) });
      return { config: settled.config, parameters: { predictor: settled.parameters, regularizer } };
    },
  });
}
