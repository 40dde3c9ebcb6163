import type { predictorSettings, predictorSizes, regularizerSettings } from '@autodrag/autodrag/training';
import type { SettingsOf } from '@autodrag/nn/training';

/** One training of both stages that differs from the first of its recipe. */
export type Variant = {
  /** As in `--variants`, and the name of its folder. */
  readonly name: string;
  /** As in tables. */
  readonly title: string;
  readonly regularizer?: Partial<SettingsOf<typeof regularizerSettings>>;
  readonly predictor?: Partial<SettingsOf<typeof predictorSettings>>;
  readonly sizes?: Partial<SettingsOf<typeof predictorSizes>>;
  /** How long a step of stage 2 takes, in those of the default settings. */
  readonly cost: number;
};

/** Trainings of the same length, seed and generator, to be compared: the others with the first. */
export type Recipe = {
  readonly name: string;
  readonly title: string;
  readonly variants: readonly [Variant, ...Variant[]];
};
