import { checkFinite, type MapValues as FeatureMap } from './download-maps.js';
import { type RowProducts, rowProducts } from './row-products.js';

/** Products of a map's cells, each less the mean, made when their row is first asked for. */
export type CellProducts = {
  /**
   * Makes those of the rows of cells from `first` to `last` that are not there yet.
   *
   * @throws InvalidArgumentError if a feature of them is not finite
   */
  ensure(first: number, last: number): void;
  /** `[cells, points]`: with the wanted features of each point */
  readonly wanted: Float32Array;
  /** `[cells]` each: with itself, and with the cells to the right, below on the left, below, and below on the right */
  readonly neighbors: readonly [Float32Array, Float32Array, Float32Array, Float32Array, Float32Array];
};

/** Numbers of a map that are worked on at once: for the caches. */
const numbersAtOnce = 1 << 17;

/**
 * @param mean `[channels]`
 * @param wanted `[points, channels]`
 */
export function createCellProducts(
  map: FeatureMap,
  mean: Float32Array,
  wanted: Float32Array,
  products: RowProducts = rowProducts(),
): CellProducts {
  const { rows, columns, channels, data } = map;
  const cells = rows * columns;
  const points = wanted.length / channels;
  const line = columns * channels;
  const steps = [0, 1, columns - 1, columns, columns + 1];
  const result = {
    wanted: new Float32Array(cells * points),
    neighbors: steps.map(() => new Float32Array(cells)) as unknown as CellProducts['neighbors'],
  };
  const made = new Uint8Array(rows);
  const atOnce = Math.max(1, Math.floor(numbersAtOnce / line));

  /** Rows of cells from `first` to before `end`, which need the row below them, too. */
  const make = (first: number, end: number) => {
    const from = data.subarray(first * line, Math.min(end + 1, rows) * line);
    const { others, behind } = products.centredProducts(from, mean, wanted, steps);
    const count = (end - first) * columns;
    result.wanted.set(others.subarray(0, count * points), first * columns * points);
    for (const [kind, values] of behind.entries()) {
      result.neighbors[kind]!.set(values.subarray(0, count), first * columns);
    }
    checkFinite(map, behind[0]!, 'locate: features');
    made.fill(1, first, end);
  };

  return {
    ...result,
    ensure(first, last) {
      for (let row = first; row <= last; row++) {
        if (made[row]) continue;
        let end = row + 1;
        while (end <= last && !made[end] && end - row < atOnce) end++;
        make(row, end);
      }
    },
  };
}
