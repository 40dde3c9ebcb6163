import { createRandom } from '@autodrag/nn';

export type Interval = { readonly value: number; readonly low: number; readonly high: number };

export type BootstrapOptions = {
  /** @default 0.95 */
  level?: number;
  /** @default 2000 */
  resamples?: number;
  /** @default 0 */
  seed?: number;
};

/**
 * A statistic of a sample and its percentile bootstrap interval: the samples are drawn again with replacement, the same
 * for the same seed and size. NaN throughout for an empty sample.
 *
 * @param statistic of values in any order: a mean, a median
 */
export function bootstrapInterval(
  values: readonly number[],
  statistic: (values: readonly number[]) => number,
  { level = 0.95, resamples = 2000, seed = 0 }: BootstrapOptions = {},
): Interval {
  if (values.length === 0) return { value: Number.NaN, low: Number.NaN, high: Number.NaN };
  const random = createRandom(seed).fork('bootstrap');
  const drawn = Array.from({ length: resamples }, () =>
    statistic(values.map(() => values[random.integer(values.length)]!)),
  ).sort((a, b) => a - b);
  const at = (share: number) => drawn[Math.min(resamples - 1, Math.max(0, Math.round(share * (resamples - 1))))]!;
  return { value: statistic(values), low: at((1 - level) / 2), high: at((1 + level) / 2) };
}
