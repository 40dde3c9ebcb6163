import * as tf from '@tensorflow/tfjs-core';
import type { Size } from './feature-generator.js';
import type { Point } from './points.js';
import { sampleFeatures, tapsAt } from './sample-features.js';

/** A feature map in ordinary memory. */
export type HostMap = Size & { readonly channels: number; readonly values: Float32Array };

/**
 * What points look like in the picture that they were given in: by map, the channels' means and one unit vector for
 * each point.
 */
export type Appearance = { readonly means: readonly Float32Array[]; readonly wanted: readonly Float32Array[][] };

/** A point's place in a picture, and how sharply it is defined there. */
export type Located = {
  readonly at: Point;
  /** Second derivatives of its cost: xx, xy, yy. Positive definite. */
  readonly curvature: readonly [xx: number, xy: number, yy: number];
};

/** Maps of a picture as they are followed. @param features `[1, h, w, C]` each */
export function toHostMaps(features: readonly tf.Tensor4D[], values: readonly Float32Array[]): HostMap[] {
  return features.map(({ shape: [, height, width, channels] }, i) => ({ height, width, channels, values: values[i]! }));
}

/** @param points in pixels of the picture */
export function appearanceOf(maps: readonly HostMap[], points: readonly Point[], picture: Size): Appearance {
  const means = maps.map(({ channels, values }) => {
    const sums = new Float64Array(channels);
    for (let i = 0; i < values.length; i++) sums[i % channels]! += values[i]!;
    return Float32Array.from(sums, (sum) => (sum * channels) / values.length);
  });
  const wanted = maps.map((map, m) => points.map((point) => unitFeature(map, means[m]!, point, picture)));
  return { means, wanted };
}

/** Mean over the maps of `2 (1 - cos)`: how unlike itself a point looks at a place. */
function costAt(maps: readonly HostMap[], { means, wanted }: Appearance, p: number, at: Point, picture: Size): number {
  let sum = 0;
  maps.forEach((map, m) => {
    const found = unitFeature(map, means[m]!, at, picture);
    const target = wanted[m]![p]!;
    let dot = 0;
    for (let c = 0; c < found.length; c++) dot += found[c]! * target[c]!;
    sum += 2 - 2 * dot;
  });
  return sum / maps.length;
}

/**
 * Where a point is: the place of least cost near where it is expected, found on ever finer lattices.
 *
 * @param radius pixels around the expected place
 */
export function locatePoint(
  maps: readonly HostMap[],
  appearance: Appearance,
  p: number,
  expected: Point,
  radius: number,
  picture: Size,
): Located {
  const pixel = Math.max(picture.width, picture.height) / 128;
  const inside = (point: Point): Point => ({
    x: Math.min(Math.max(point.x, 0), picture.width - 1),
    y: Math.min(Math.max(point.y, 0), picture.height - 1),
  });
  const cost = (at: Point) => costAt(maps, appearance, p, at, picture);
  let best = inside(expected);
  let least = cost(best);
  let around = radius;
  for (let step = pixel; step >= pixel / 16; step /= 2) {
    const centre = best;
    const n = Math.max(1, Math.ceil(around / step));
    for (let j = -n; j <= n; j++) {
      for (let i = -n; i <= n; i++) {
        const place = inside({ x: centre.x + i * step, y: centre.y + j * step });
        const value = cost(place);
        if (value < least) {
          least = value;
          best = place;
        }
      }
    }
    around = step / 2;
  }
  return { at: best, curvature: curvatureAt(cost, best, least, pixel) };
}

/**
 * Second differences, made positive definite: an edge is well defined across itself, and as little along it as allowed.
 */
function curvatureAt(cost: (at: Point) => number, { x, y }: Point, here: number, step: number): Located['curvature'] {
  const at = (i: number, j: number) => cost({ x: x + i * step, y: y + j * step });
  const xx = (at(1, 0) + at(-1, 0) - 2 * here) / step ** 2;
  const yy = (at(0, 1) + at(0, -1) - 2 * here) / step ** 2;
  const xy = (at(1, 1) + at(-1, -1) - at(1, -1) - at(-1, 1)) / (4 * step ** 2);
  const middle = (xx + yy) / 2;
  const spread = Math.hypot((xx - yy) / 2, xy);
  const largest = Math.max(middle + spread, 1e-9);
  const lift = Math.max(0, 0.1 * largest - (middle - spread));
  return [xx + lift, xy, yy + lift];
}

/**
 * A scalar whose gradient is that of `-Σ residual · place` with respect to the features: by the implicit function
 * theorem a place, where the cost S is least, moves by `-H⁻¹ ∂(∂S/∂place)`. Its value means nothing.
 *
 * @param features one `[1, h, w, C]` for each map
 * @param residuals pixels by which each place should move
 */
export function pullLoss(
  features: readonly tf.Tensor4D[],
  { means, wanted }: Appearance,
  located: readonly Located[],
  residuals: readonly Point[],
  picture: Size,
): tf.Scalar {
  const step = Math.max(picture.width, picture.height) / 256;
  const pulls = located.map(({ at, curvature: [xx, xy, yy] }, p) => {
    const { x, y } = residuals[p]!;
    const determinant = xx * yy - xy * xy;
    const solved = { x: (yy * x - xy * y) / determinant, y: (xx * y - xy * x) / determinant };
    const length = Math.hypot(solved.x, solved.y) || 1;
    const [dx, dy] = [(solved.x / length) * step, (solved.y / length) * step];
    const ends = [
      { x: at.x + dx, y: at.y + dy },
      { x: at.x - dx, y: at.y - dy },
    ] as const;
    return { ends, weight: Math.hypot(solved.x, solved.y) / (2 * step) };
  });
  return tf.tidy(() => {
    let total = tf.scalar(0);
    features.forEach((map, m) => {
      const [, height, width, channels] = map.shape;
      const places = [0, 1].flatMap((end) => pulls.map(({ ends }) => onMap(ends[end]!, { height, width }, picture)));
      const taps = tapsAt(places, { height, width }, { height, width });
      const centred = tf.sub(sampleFeatures(map, taps), tf.tensor1d(means[m]!)); // [2 points, C]
      const unit = tf.div(centred, tf.sqrt(tf.add(tf.sum(tf.square(centred), 1, true), 1e-12)));
      const target = tf.tensor2d(concatenated(wanted[m]!), [pulls.length, channels]);
      const likeness = tf.sum(tf.mul(unit, tf.concat([target, target], 0)), 1); // [2 points]
      const weights = [1, -1].flatMap((sign) => pulls.map(({ weight }) => (-2 * sign * weight) / features.length));
      total = tf.add(total, tf.sum(tf.mul(likeness, tf.tensor1d(weights))));
    });
    return total;
  });
}

/** The row and column of a place of the picture on a map, at most at its border. */
function onMap({ x, y }: Point, map: Size, picture: Size): [row: number, column: number] {
  const along = (value: number, size: number, whole: number) =>
    Math.min(Math.max(((value + 0.5) * size) / whole - 0.5, 0), size - 1);
  return [along(y, map.height, picture.height), along(x, map.width, picture.width)];
}

function unitFeature(map: HostMap, mean: Float32Array, point: Point, picture: Size): Float32Array {
  const [row, column] = onMap(point, map, picture);
  const { channels, width, height, values } = map;
  const [top, left] = [Math.floor(row), Math.floor(column)];
  const [down, right] = [row - top, column - left];
  const [bottom, after] = [Math.min(top + 1, height - 1), Math.min(left + 1, width - 1)];
  const corners = [
    [(top * width + left) * channels, (1 - down) * (1 - right)],
    [(top * width + after) * channels, (1 - down) * right],
    [(bottom * width + left) * channels, down * (1 - right)],
    [(bottom * width + after) * channels, down * right],
  ] as const;
  const unit = new Float32Array(channels);
  let energy = 1e-12;
  for (let c = 0; c < channels; c++) {
    let value = -mean[c]!;
    for (const [at, weight] of corners) value += weight * values[at + c]!;
    unit[c] = value;
    energy += value * value;
  }
  const scale = 1 / Math.sqrt(energy);
  return unit.map((value) => value * scale);
}

function concatenated(arrays: readonly Float32Array[]): Float32Array {
  const size = arrays[0]?.length ?? 0;
  const all = new Float32Array(arrays.length * size);
  arrays.forEach((array, i) => {
    all.set(array, i * size);
  });
  return all;
}
