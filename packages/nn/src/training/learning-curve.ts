import type { MetricsRow } from './training-types.js';

/** Sums since the last row, by metric. */
export type Partials = Readonly<Record<string, readonly [total: number, count: number]>>;

/** The rows of a training and the sums of the one in progress. */
export type LearningCurve = {
  readonly history: readonly MetricsRow[];
  readonly partial: Partials;
  add(name: string, value: number): void;
  /** Ends the row in progress: the mean of each metric over the steps that gave it. */
  endRow(step: number): void;
};

export function createLearningCurve(history: readonly MetricsRow[] = [], partial: Partials = {}): LearningCurve {
  const rows = [...history];
  let sums: Record<string, readonly [number, number]> = { ...partial };
  return {
    history: rows,
    get partial() {
      return sums;
    },
    add(name, value) {
      const [total, count] = sums[name] ?? [0, 0];
      sums[name] = [total + value, count + 1];
    },
    endRow(step) {
      const means = Object.entries(sums).map(([name, [total, count]]) => [name, total / count]);
      rows.push({ ...Object.fromEntries(means), step });
      sums = {};
    },
  };
}
