import type { ImageSize as Size } from '../gms/gms-inliers.js';
import { createCellProducts } from './cell-products.js';
import type { MapValues as FeatureMap } from './download-maps.js';
import type { Point } from './point.js';

/** Where a place of the picture lies between four cells of a map, and how much of each it has; half-pixel centres. */
function corners({ rows, columns }: FeatureMap, point: Point, size: Size) {
  const x = positionOf(point.x, columns, size.width);
  const y = positionOf(point.y, rows, size.height);
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
  addGrid(xs: ArrayLike<number>, ys: ArrayLike<number>, sums: Float64Array): void;
};

/**
 * How alike the features at any place are to wanted ones: the cosine, after the mean is taken away. What a place has is
 * a mixture of four cells, so its product with the wanted features is the mixture of four products, and its length
 * comes from the products of the four with one another. Both are kept, and a place costs some thirty multiplications
 * however many channels there are; on a grid, whose lines share what lies between two rows of cells, a third of that.
 *
 * @param mean `[channels]`
 * @param wanted the features of each point, of length 1
 * @returns for each point the cosines
 */
export function createSimilarities(
  map: FeatureMap,
  mean: Float32Array,
  wanted: readonly Float32Array[],
  size: Size,
): Similarity[] {
  const { rows, columns, channels } = map;
  const points = Math.ceil(wanted.length / 8) * 8; // as they are multiplied: no row has to be cut
  const all = new Float32Array(points * channels);
  wanted.forEach((features, p) => {
    all.set(features, p * channels);
  });
  const cells = createCellProducts(map, mean, all);
  const [own, right, belowLeft, below, belowRight] = cells.neighbors;
  // of the line between two rows of cells: products with the wanted, lengths, products of neighbours
  const [along, energy, between] = [new Float64Array(columns), new Float64Array(columns), new Float64Array(columns)];

  const mixRows = (point: number, row: number, first: number, count: number): void => {
    const top = Math.floor(row);
    const b = row - top;
    const [upper, lower, both] = [(1 - b) * (1 - b), b * b, b * (1 - b)];
    for (let k = 0, cell = top * columns + first; k < count; k++, cell++) {
      const product = cells.wanted[cell * points + point]!;
      if (b === 0) {
        along[k] = product;
        energy[k] = own[cell]!;
        between[k] = right[cell]!;
        continue;
      }
      const under = cell + columns;
      along[k] = (1 - b) * product + b * cells.wanted[under * points + point]!;
      energy[k] = upper * own[cell]! + lower * own[under]! + 2 * both * below[cell]!;
      between[k] = upper * right[cell]! + lower * right[under]! + both * (belowRight[cell]! + belowLeft[cell + 1]!);
    }
  };

  const addGrid = (point: number, xs: ArrayLike<number>, ys: ArrayLike<number>, sums: Float64Array): void => {
    if (xs.length === 0 || ys.length === 0) return;
    const first = Math.floor(positionOf(xs[0]!, columns, size.width));
    const count = Math.ceil(positionOf(xs[xs.length - 1]!, columns, size.width)) - first + 1;
    const last = ys[ys.length - 1]!;
    cells.ensure(Math.floor(positionOf(ys[0]!, rows, size.height)), Math.ceil(positionOf(last, rows, size.height)));
    for (let j = 0, at = 0; j < ys.length; j++) {
      mixRows(point, positionOf(ys[j]!, rows, size.height), first, count);
      for (let i = 0; i < xs.length; i++, at++) {
        const column = positionOf(xs[i]!, columns, size.width) - first;
        const k = Math.floor(column);
        const a = column - k;
        let sum = along[k]!;
        let length = energy[k]!;
        if (a > 0) {
          sum = (1 - a) * sum + a * along[k + 1]!;
          length = (1 - a) * (1 - a) * length + a * (a * energy[k + 1]! + 2 * (1 - a) * between[k]!);
        }
        sums[at]! += sum / Math.sqrt(Math.max(length, 0) + 1e-12);
      }
    }
  };
  const [x1, y1, one] = [new Float64Array(1), new Float64Array(1), new Float64Array(1)];
  return wanted.map((_, point) => ({
    at(x, y) {
      [x1[0], y1[0], one[0]] = [x, y, 0];
      addGrid(point, x1, y1, one);
      return one[0];
    },
    addGrid: (xs, ys, sums) => addGrid(point, xs, ys, sums),
  }));
}

/** Where a place of a picture lies between a map's cells, on one axis. */
function positionOf(place: number, cells: number, length: number): number {
  return clamp(((place + 0.5) * cells) / length - 0.5, cells - 1);
}

function clamp(value: number, max: number): number {
  return Math.min(Math.max(value, 0), max);
}
