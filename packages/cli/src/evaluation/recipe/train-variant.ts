import { join } from 'node:path';
import type { Variant } from '@autodrag/evaluation';
import type { Context } from '../../command.js';
import { followTraining } from '../../commands/follow-training.js';
import type { StageSettings } from '../../commands/stage-settings.js';
import { trainings } from '../../commands/trainings.js';
import { createFileStore } from '../../node/file-store.js';
import { isFile } from '../../node/is-file.js';
import type { OpenedEvaluation } from '../open-evaluation.js';

export type TrainVariantOptions = {
  /** Folder of the recipe. */
  readonly out: string;
  readonly domain: OpenedEvaluation['domain'];
  /** File of the generator; the default one where it is left out. */
  readonly generator?: string;
  /** What the command line gives both stages; what makes the variant goes before it. */
  readonly given: StageSettings;
  readonly stop: AbortController;
};

/** Both stages of a variant as their trainings take them. */
export function variantSettings({ regularizer, predictor, sizes }: Variant, given: StageSettings): StageSettings {
  return {
    regularizer: { ...given.regularizer, settings: { ...given.regularizer.settings, ...regularizer } },
    predictor: {
      settings: { ...given.predictor.settings, ...predictor },
      sizes: { ...given.predictor.sizes, ...sizes },
    },
  };
}

/**
 * Trains a variant, or goes on with it; nothing is done where its weights are there. Variants that want the same of
 * stage 1 share it.
 *
 * @returns the folder of its regularizer and predictor; null if it was stopped
 */
export async function trainVariant(
  context: Context,
  variant: Variant,
  { out, domain, generator, given, stop }: TrainVariantOptions,
): Promise<string | null> {
  const settings = variantSettings(variant, given);
  const firstStage = variant.regularizer ? `stage-1-${variant.name}` : 'stage-1';
  const stages = [
    { stage: 'regularizer', folder: join(out, firstStage), name: `${firstStage}, regularizer` },
    { stage: 'predictor', folder: join(out, variant.name), name: `${variant.name}, predictor` },
  ] as const;
  const regularizer = join(stages[0].folder, 'regularizer.safetensors');
  for (const { stage, folder, name } of stages) {
    if (await isFile(join(folder, `${stage}.safetensors`))) continue;
    const store = createFileStore(await context.prepareFolder(folder));
    const lock = await store.lock(); // held until the weights are written, too
    try {
      const started = await trainings[stage].start({
        ...settings[stage],
        ...{ generator, regularizer, domain, options: { store, signal: stop.signal } },
      });
      if (!(await followTraining(context, started, { name, curves: folder, weights: folder, stop }))) return null;
    } finally {
      await lock.release();
    }
  }
  return stages[1].folder;
}
