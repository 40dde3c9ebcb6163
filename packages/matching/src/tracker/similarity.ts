import type { ImageSize as Size } from '../gms/gms-inliers.js';
import type { MapValues as FeatureMap } from './download-maps.js';
import type { Point } from './point.js';

/** Where a place of the picture lies between four cells of a map, and how much of each it has; half-pixel centres. */
function corners({ rows, columns }: FeatureMap, point: Point, size: Size) {
  const x = clamp(((point.x + 0.5) * columns) / size.width - 0.5, columns - 1);
  const y = clamp(((point.y + 0.5) * rows) / size.height - 0.5, rows - 1);
  const left = Math.floor(x);
  const top = Math.floor(y);
  const right = Math.min(left + 1, columns - 1);
  const bottom = Math.min(top + 1, rows - 1);
  const [a, b] = [x - left, y - top];
  const cells = [top * columns + left, top * columns + right, bottom * columns + left, bottom * columns + right];
  return { cells, shares: [(1 - a) * (1 - b), a * (1 - b), (1 - a) * b, a * b] };
}

/** Features at a place, bilinear, less the mean, scaled to length 1. */
export function sampleFeatures(map: FeatureMap, mean: Float32Array, point: Point, size: Size): Float32Array {
  const { cells, shares } = corners(map, point, size);
  const { channels, data } = map;
  const out = new Float32Array(channels);
  let energy = 1e-12;
  for (let c = 0; c < channels; c++) {
    let value = -mean[c]!;
    for (let k = 0; k < 4; k++) value += shares[k]! * data[cells[k]! * channels + c]!;
    out[c] = value;
    energy += value * value;
  }
  const scale = 1 / Math.sqrt(energy);
  return out.map((value) => value * scale);
}

/** How alike the features of one map are to wanted ones: the cosine. */
export type Similarity = {
  at(x: number, y: number): number;
  /** Adds the cosines at all `(xs[i], ys[j])` to `sums[j · xs.length + i]`. */
  addGrid(xs: readonly number[], ys: readonly number[], sums: Float64Array): void;
};

/**
 * How alike the features at any place are to wanted ones: the cosine, after the mean is taken away. What a place has is
 * a mixture of four cells, so its product with the wanted features is the mixture of four products, and its length
 * comes from the products of the four with one another. Both are kept, and a place costs some thirty multiplications
 * however many channels there are; on a grid, whose lines share what lies between two rows of cells, a third of that.
 *
 * @param mean `[channels]`
 * @returns for the wanted features of a point (of length 1), the cosines
 */
export function createSimilarity(
  map: FeatureMap,
  mean: Float32Array,
  size: Size,
): (wanted: Float32Array) => Similarity {
  const { rows, columns, channels, data } = map;
  // of each cell with itself, and with those to the right, below on the left, below, and below on the right
  const steps = [0, 1, columns - 1, columns, columns + 1];
  const products = new Float32Array(rows * columns * 5).fill(Number.NaN);
  const product = (cell: number, kind: number): number => {
    const known = products[cell * 5 + kind]!;
    if (!Number.isNaN(known)) return known;
    const [first, second] = [cell * channels, (cell + steps[kind]!) * channels];
    let sum = 0;
    for (let c = 0; c < channels; c++) sum += (data[first + c]! - mean[c]!) * (data[second + c]! - mean[c]!);
    products[cell * 5 + kind] = sum;
    return sum;
  };
  return (wanted) => {
    const offset = mean.reduce((sum, value, c) => sum + value * wanted[c]!, 0);
    const dots = new Float32Array(rows * columns).fill(Number.NaN);
    const dot = (cell: number): number => {
      const known = dots[cell]!;
      if (!Number.isNaN(known)) return known;
      const first = cell * channels;
      let sum = -offset;
      for (let c = 0; c < channels; c++) sum += data[first + c]! * wanted[c]!;
      dots[cell] = sum;
      return sum;
    };
    const positions = (places: readonly number[], cells: number, length: number) =>
      Float64Array.from(places, (place) => clamp(((place + 0.5) * cells) / length - 0.5, cells - 1));

    const addGrid: Similarity['addGrid'] = (xs, ys, sums) => {
      if (xs.length === 0 || ys.length === 0) return;
      const across = positions(xs, columns, size.width);
      const first = Math.floor(across[0]!);
      const count = Math.ceil(across[across.length - 1]!) - first + 1;
      const cells = Int32Array.from(across, (column) => Math.floor(column) - first);
      const shares = across.map((column, i) => column - first - cells[i]!);
      // of the line between two rows of cells: products with the wanted, lengths, products of neighbours
      const [along, energy, between] = [new Float64Array(count), new Float64Array(count), new Float64Array(count)];
      positions(ys, rows, size.height).forEach((row, j) => {
        const top = Math.floor(row);
        const b = row - top;
        const [upper, lower, both] = [(1 - b) * (1 - b), b * b, b * (1 - b)];
        for (let k = 0, cell = top * columns + first; k < count; k++, cell++) {
          const more = k + 1 < count;
          along[k] = (1 - b) * dot(cell);
          energy[k] = upper * product(cell, 0);
          if (more) between[k] = upper * product(cell, 1);
          if (b === 0) continue;
          along[k]! += b * dot(cell + columns);
          energy[k]! += lower * product(cell + columns, 0) + 2 * both * product(cell, 3);
          if (more) {
            between[k]! += lower * product(cell + columns, 1) + both * (product(cell, 4) + product(cell + 1, 2));
          }
        }
        for (let i = 0, at = j * cells.length; i < cells.length; i++, at++) {
          const k = cells[i]!;
          const a = shares[i]!;
          let sum = (1 - a) * along[k]!;
          let length = (1 - a) * (1 - a) * energy[k]!;
          if (a > 0) {
            sum += a * along[k + 1]!;
            length += a * (a * energy[k + 1]! + 2 * (1 - a) * between[k]!);
          }
          sums[at]! += sum / Math.sqrt(Math.max(length, 0) + 1e-12);
        }
      });
    };
    const one = new Float64Array(1);
    const at = (x: number, y: number): number => {
      one[0] = 0;
      addGrid([x], [y], one);
      return one[0];
    };
    return { at, addGrid };
  };
}

function clamp(value: number, max: number): number {
  return Math.min(Math.max(value, 0), max);
}
