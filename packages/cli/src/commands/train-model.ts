import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import {
  defaultPredictorConfig,
  predictorSettings,
  regularizerSettings,
  type TrainedRegularizer,
  trainPredictor,
  trainRegularizer,
} from '@autodrag/autodrag/training';
import { saveLatentPredictor } from '@autodrag/latent-predictor';
import { saveLatentRegularizer } from '@autodrag/latent-regularizer';
import { disposeParameters } from '@autodrag/nn';
import { resolveSettings, runSettings, type TrainingOptions } from '@autodrag/nn/training';
import { createGenerator, type Generator, loadStyleGan2 } from '@autodrag/stylegan2';
import { type Context, textOption, UsageError } from '../command.js';
import { registerGradients, useBackend } from '../node/backends.js';
import { FileError } from '../node/errors.js';
import { createFileStore } from '../node/file-store.js';
import { readWholeFile } from '../node/read-file.js';
import { followTraining } from './follow-training.js';
import { modelFiles } from './open-model.js';
import { readStageSettings, type StageSettings } from './stage-settings.js';
import type { GivenSettings } from './training-settings.js';
import { trainingStatus, trainingStop } from './training-stop.js';

/** A step of the predictor takes about so many times as long as one of the regularizer, with the default settings. */
const predictorPace = 12;

/**
 * Trains regularizer and predictor for the generator in a folder, and puts both there. What the trainings themselves
 * need is in `training/` of the folder.
 *
 * @returns the exit status
 */
export async function trainModel(context: Context, folder: string): Promise<number> {
  const stages = readStages(context);
  const { generator: file, predictor } = await modelFiles(folder, 'train');
  const work = join(folder, 'training');
  if (predictor && !(await stat(work).catch(() => null))) {
    throw new FileError(
      `train: '${folder}' has a predictor already, which this command did not train and would replace. Move it and the regularizer elsewhere.`,
    );
  }
  const stop = trainingStop(context);
  await useBackend(textOption(context.values, 'backend') ?? 'wasm');
  await registerGradients();
  const lock = await createFileStore(folder).lock();
  try {
    const { config, parameters } = await loadStyleGan2(await readWholeFile(file));
    const generator = createGenerator(config, parameters);
    try {
      return trainingStatus(context, await trainStages(context, { folder, work, generator, stages, stop }));
    } finally {
      generator.dispose();
    }
  } finally {
    await lock.release();
  }
}

async function trainStages(
  context: Context,
  {
    folder,
    work,
    generator,
    stages,
    stop,
  }: { folder: string; work: string; generator: Generator; stages: StageSettings; stop: AbortController },
): Promise<boolean> {
  const optionsIn = async (stage: string): Promise<TrainingOptions> => ({
    store: createFileStore(await context.prepareFolder(join(work, stage))),
    signal: stop.signal,
  });
  defaultPredictorConfig(generator, stages.predictor.sizes); // what does not fit is said now, not after stage 1
  const first = trainRegularizer({
    ...stages.regularizer.settings,
    ...(await optionsIn('regularizer')),
    config: stages.regularizer.sizes,
    generator,
  });
  const finished = await followTraining(
    context,
    {
      progress: first.progress,
      finish: async () => ({ history: (await first.result).history, files: {} }),
      dispose() {},
    },
    {
      name: 'stage 1 of 2, regularizer',
      curves: join(work, 'regularizer'),
      weights: folder,
      stop,
      later: secondsAfterStageOne(stages),
    },
  );
  if (!finished) return false;
  const regularizer: TrainedRegularizer = await first.result;
  const second = trainPredictor({
    ...stages.predictor.settings,
    ...(await optionsIn('predictor')),
    config: stages.predictor.sizes,
    generator,
    regularizer,
  });
  return followTraining(
    context,
    {
      progress: second.progress,
      async finish() {
        const { config, parameters, history } = await second.result;
        const files = {
          'regularizer.safetensors': await saveLatentRegularizer(regularizer.config, parameters.regularizer, {
            dtype: 'float16',
          }),
          'predictor.safetensors': await saveLatentPredictor(config, parameters.predictor, { dtype: 'float16' }),
        };
        disposeParameters(parameters);
        return { history, files };
      },
      dispose: () => disposeParameters(regularizer.parameters),
    },
    { name: 'stage 2 of 2, predictor', curves: join(work, 'predictor'), weights: folder, stop },
  );
}

/** How long stage 2 will take, guessed from the pace of stage 1. */
function secondsAfterStageOne({ regularizer, predictor }: StageSettings): (secondsPerStep: number) => number {
  const one = resolveSettings('train', regularizerSettings, withoutRunSettings(regularizer));
  const two = resolveSettings('train', predictorSettings, withoutRunSettings(predictor));
  const defaults = { codes: regularizerSettings.batchSize.default, motions: predictorSettings.motions.default };
  const pace = (predictorPace * (two.motions / defaults.motions)) / (one.batchSize / defaults.codes);
  return (secondsPerStep) => two.steps * pace * secondsPerStep;
}

function withoutRunSettings({ settings }: GivenSettings): Record<string, unknown> {
  return Object.fromEntries(Object.entries(settings).filter(([name]) => !Object.hasOwn(runSettings, name)));
}

/**
 * The settings of both stages: `--set predictor.steps=5000` is one stage's, `--seed 3` and `--set reportEvery=5` are
 * both's.
 *
 * @throws UsageError
 */
function readStages({ values }: Context): StageSettings {
  for (const option of ['out', 'generator', 'regularizer', 'predictor', 'steps', 'batch'] as const) {
    if (values[option] === undefined) continue;
    const wayOut = ['steps', 'batch'].includes(option)
      ? `Say which stage: --set regularizer.${option === 'steps' ? 'steps' : 'batchSize'}=N, --set predictor.${option === 'steps' ? 'steps' : 'motions'}=N.`
      : 'The folder holds all that is read and written. Leave it out.';
    throw new UsageError(`train FOLDER: --${option}: ${wayOut}`);
  }
  return readStageSettings('train FOLDER', values);
}
