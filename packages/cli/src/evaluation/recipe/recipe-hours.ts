import { predictorSettings, regularizerSettings } from '@autodrag/autodrag/training';
import type { Variant } from '@autodrag/evaluation';
import type { StageSettings } from '../../commands/stage-settings.js';
import { variantSettings } from './train-variant.js';

/**
 * Seconds of a step with the default settings, on two processor cores and libtensorflow, for pictures of 256 pixels:
 * `npm run bench -- training-steps`. Stage 2 in the mean of single steps and rollouts, which take half as long again.
 */
const secondsPerStep = { regularizer: 0.4, predictor: 3.9 };

/** What the trainings will cost, in words: a rough figure, said before hours are spent. */
export function recipeHours(variants: readonly Variant[], given: StageSettings): string {
  let seconds = 0;
  const firstStages = new Set<unknown>();
  for (const variant of variants) {
    const { regularizer, predictor } = variantSettings(variant, given);
    const firstStage = variant.regularizer ?? null;
    if (!firstStages.has(firstStage)) {
      firstStages.add(firstStage);
      seconds += secondsPerStep.regularizer * numberIn(regularizer.settings.steps, regularizerSettings.steps.default);
    }
    const steps = numberIn(predictor.settings.steps, predictorSettings.steps.default);
    const motions = numberIn(predictor.settings.motions, predictorSettings.motions.default);
    seconds +=
      (secondsPerStep.predictor * variant.cost * steps * motions) / (predictorSettings.motions.default as number);
  }
  const hours = seconds / 3600;
  const shown = hours < 0.1 ? `${Math.ceil(seconds / 60)} min` : `${hours.toFixed(hours < 10 ? 1 : 0)} h`;
  return `${variants.length} trainings, about ${shown} on two processor cores at 256 px, more for larger pictures; time left is shown on the way, and the same command goes on`;
}

function numberIn(given: unknown, fallback: number): number {
  return typeof given === 'number' ? given : fallback;
}
