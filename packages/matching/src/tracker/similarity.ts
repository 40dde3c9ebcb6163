import type { ImageSize as Size } from '../gms/gms-inliers.js';
import { type CellProducts, createCellProducts } from './cell-products.js';
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
  addGrid(xs: Float64Array, ys: Float64Array, sums: Float64Array): void;
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
  const line = () => new Float64Array(columns);
  const mixed = { along: line(), energy: line(), between: line() };
  const products: Products = { rows, columns, size, points, cells: createCellProducts(map, mean, all), mixed };
  const [x1, y1, one] = [new Float64Array(1), new Float64Array(1), new Float64Array(1)];
  return wanted.map((_, point) => ({
    at(x, y) {
      x1[0] = x;
      y1[0] = y;
      one[0] = 0;
      addGrid(products, point, x1, y1, one);
      return one[0];
    },
    addGrid: (xs, ys, sums) => addGrid(products, point, xs, ys, sums),
  }));
}

/** What the cosines of a map are mixed of. */
type Products = {
  readonly rows: number;
  readonly columns: number;
  readonly size: Size;
  /** In a row of `cells.wanted`. */
  readonly points: number;
  readonly cells: CellProducts;
  /** Of a line between two rows of cells: products with the wanted, lengths, products of neighbours. */
  readonly mixed: { readonly along: Float64Array; readonly energy: Float64Array; readonly between: Float64Array };
};

// Not closures: an engine would compile them anew for each picture, which takes longer than they run.

function addGrid(products: Products, point: number, xs: Float64Array, ys: Float64Array, sums: Float64Array): void {
  if (xs.length === 0 || ys.length === 0) return;
  const { rows, columns, size, cells, mixed } = products;
  const { along, energy, between } = mixed;
  const first = Math.floor(positionOf(xs[0]!, columns, size.width));
  const count = Math.ceil(positionOf(xs[xs.length - 1]!, columns, size.width)) - first + 1;
  const last = ys[ys.length - 1]!;
  cells.ensure(Math.floor(positionOf(ys[0]!, rows, size.height)), Math.ceil(positionOf(last, rows, size.height)));
  for (let j = 0, at = 0; j < ys.length; j++) {
    mixRows(products, point, positionOf(ys[j]!, rows, size.height), first, count);
    for (let i = 0; i < xs.length; i++, at++) {
      const place = positionOf(xs[i]!, columns, size.width) - first;
      const k = Math.floor(place);
      const a = place - k;
      let sum = along[k]!;
      let length = energy[k]!;
      if (a > 0) {
        sum = (1 - a) * sum + a * along[k + 1]!;
        length = (1 - a) * (1 - a) * length + a * (a * energy[k + 1]! + 2 * (1 - a) * between[k]!);
      }
      sums[at]! += sum / Math.sqrt(Math.max(length, 0) + 1e-12);
    }
  }
}

function mixRows(
  { columns, points, cells, mixed }: Products,
  point: number,
  row: number,
  first: number,
  count: number,
) {
  const { along, energy, between } = mixed;
  const { wanted, neighbors } = cells;
  const own = neighbors[0];
  const right = neighbors[1];
  const belowLeft = neighbors[2];
  const below = neighbors[3];
  const belowRight = neighbors[4];
  const top = Math.floor(row);
  const b = row - top;
  const upper = (1 - b) * (1 - b);
  const lower = b * b;
  const both = b * (1 - b);
  for (let k = 0, cell = top * columns + first; k < count; k++, cell++) {
    const product = wanted[cell * points + point]!;
    if (b === 0) {
      along[k] = product;
      energy[k] = own[cell]!;
      between[k] = right[cell]!;
      continue;
    }
    const under = cell + columns;
    along[k] = (1 - b) * product + b * wanted[under * points + point]!;
    energy[k] = upper * own[cell]! + lower * own[under]! + 2 * both * below[cell]!;
    between[k] = upper * right[cell]! + lower * right[under]! + both * (belowRight[cell]! + belowLeft[cell + 1]!);
  }
}

/** Where a place of a picture lies between a map's cells, on one axis. */
function positionOf(place: number, cells: number, length: number): number {
  return clamp(((place + 0.5) * cells) / length - 0.5, cells - 1);
}

function clamp(value: number, max: number): number {
  return Math.min(Math.max(value, 0), max);
}
