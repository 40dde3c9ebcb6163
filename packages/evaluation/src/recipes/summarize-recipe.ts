import { bootstrapInterval, type Interval } from '../metrics/bootstrap-interval.js';
import { mean } from '../metrics/mean.js';
import { type DragRecord, recordKey } from '../run/drag-record.js';
import { type QualityRow, summarizeQuality } from '../run/summarize.js';

/** The records that a variant's model made. */
export type VariantRecords = { readonly variant: string; readonly records: readonly DragRecord[] };

export type RecipeRow = QualityRow & {
  readonly variant: string;
  /**
   * By how much MD is longer than that of the first variant on the same drags, in pixels at 512; null for that one
   * itself, and where they have no drags in common.
   */
  readonly worseBy: Interval | null;
};

/**
 * A row for each variant, count of points and method. The difference from the first variant is taken drag by drag, so
 * that how hard the drags are does not blur it.
 *
 * @param variants the first is what the others are compared with
 * @param methods names, in the order of the table
 * @param size longer side of the pictures
 */
export function summarizeRecipe(
  variants: readonly VariantRecords[],
  methods: readonly string[],
  size: number,
): RecipeRow[] {
  const base = new Map(variants[0]?.records.map((record) => [recordKey(record), record.after]));
  return variants.flatMap(({ variant, records }, i) =>
    summarizeQuality(records, methods, size).map((row): RecipeRow => {
      const differences = records
        .filter(({ points, method }) => points === row.points && method === row.method)
        .sort((a, b) => a.task - b.task)
        .map((record) => ((record.after - (base.get(recordKey(record)) ?? Number.NaN)) * 512) / size)
        .filter(Number.isFinite);
      return {
        ...row,
        variant,
        worseBy: i > 0 && differences.length > 0 ? bootstrapInterval(differences, mean) : null,
      };
    }),
  );
}
