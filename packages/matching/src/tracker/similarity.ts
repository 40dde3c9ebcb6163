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

/**
 * How alike the features at any place are to wanted ones: the cosine, after the mean is taken away. What a place has is
 * a mixture of four cells, so its product with the wanted features is the mixture of four products, and its length
 * comes from the products of the four with one another. Both are kept, and a place costs some thirty multiplications
 * however many channels there are.
 *
 * @param mean `[channels]`
 * @returns for the wanted features of a point (of length 1), the cosine at a place
 */
export function createSimilarity(
  map: FeatureMap,
  mean: Float32Array,
  size: Size,
): (wanted: Float32Array) => (place: Point) => number {
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
    // written out and without arrays: it runs some thousand times a point
    return ({ x, y }) => {
      const column = clamp(((x + 0.5) * columns) / size.width - 0.5, columns - 1);
      const row = clamp(((y + 0.5) * rows) / size.height - 0.5, rows - 1);
      const [left, top] = [Math.floor(column), Math.floor(row)];
      const [a, b] = [column - left, row - top];
      const [tl, tr, bl, br] = [(1 - a) * (1 - b), a * (1 - b), (1 - a) * b, a * b]; // shares
      const cell = top * columns + left;
      let along = tl * dot(cell);
      let energy = tl * tl * product(cell, 0);
      if (a > 0) {
        along += tr * dot(cell + 1);
        energy += tr * tr * product(cell + 1, 0) + 2 * tl * tr * product(cell, 1);
      }
      if (b > 0) {
        along += bl * dot(cell + columns);
        energy += bl * bl * product(cell + columns, 0) + 2 * tl * bl * product(cell, 3);
      }
      if (a > 0 && b > 0) {
        along += br * dot(cell + columns + 1);
        energy += br * br * product(cell + columns + 1, 0);
        energy += 2 * (bl * br * product(cell + columns, 1) + tr * br * product(cell + 1, 3));
        energy += 2 * (tl * br * product(cell, 4) + tr * bl * product(cell + 1, 2));
      }
      return along / Math.sqrt(Math.max(energy, 0) + 1e-12);
    };
  };
}

function clamp(value: number, max: number): number {
  return Math.min(Math.max(value, 0), max);
}
