import * as tf from '@tensorflow/tfjs-core';
import type { Size } from '../feature-generator.js';
import type { Point } from '../points.js';
import { sampleFeatures, tapsAt } from '../sample-features.js';

/** A feature map in ordinary memory. */
export type HostMap = Size & { readonly channels: number; readonly values: Float32Array };

/**
 * What points look like: by map, the channels' means and for each point the unit features at the places of its ring,
 * one after the other.
 */
export type Appearance = { readonly means: readonly Float32Array[]; readonly wanted: readonly Float32Array[][] };

/** A point's place in a picture, and how sharply it is defined there. */
export type Located = {
  readonly at: Point;
  /** Second derivatives of its cost: xx, xy, yy. Positive definite. */
  readonly curvature: readonly [xx: number, xy: number, yy: number];
};

/** A point is known by itself and its four neighbours, so far away in shares of the picture's longer side. */
const ringRadius = 2 / 128;
const ring = [
  [0, 0],
  [1, 0],
  [-1, 0],
  [0, 1],
  [0, -1],
] as const;

/** How much of the first look counts, where a point is recognised by the look that it had half-way, too. */
const firstShare = 0.3;

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
  return lookAt(maps, means, points, picture);
}

/**
 * What points look like as they go: as in the first picture, and more as in one on the way, where they are found by the
 * first. A point turns and is lit otherwise as it goes, and half of that has happened half-way.
 *
 * @param places of the points in the picture on the way
 */
export function appearanceOnTheWay(
  first: Appearance,
  maps: readonly HostMap[],
  places: readonly Point[],
  picture: Size,
): Appearance {
  const later = lookAt(maps, first.means, places, picture);
  const wanted = first.wanted.map((points, m) =>
    points.map((own, p) => {
      const other = later.wanted[m]![p]!;
      const mixed = own.map((value, c) => firstShare * value + (1 - firstShare) * other[c]!);
      const { channels } = maps[m]!;
      for (let from = 0; from < mixed.length; from += channels) unitLength(mixed.subarray(from, from + channels));
      return mixed;
    }),
  );
  return { means: first.means, wanted };
}

function lookAt(
  maps: readonly HostMap[],
  means: readonly Float32Array[],
  points: readonly Point[],
  picture: Size,
): Appearance {
  const wanted = maps.map((map, m) =>
    points.map((point) => {
      const looks = new Float32Array(ring.length * map.channels);
      ringAround(point, picture).forEach((place, k) => {
        readUnit(map, means[m]!, place, picture, looks.subarray(k * map.channels, (k + 1) * map.channels));
      });
      return looks;
    }),
  );
  return { means, wanted };
}

/** Mean over maps and ring of `2 (1 - cos)`: how unlike itself a point looks at a place. */
function costAt(maps: readonly HostMap[], { means, wanted }: Appearance, p: number, at: Point, picture: Size): number {
  let sum = 0;
  const places = ringAround(at, picture);
  maps.forEach((map, m) => {
    const target = wanted[m]![p]!;
    const found = new Float32Array(map.channels);
    for (let k = 0; k < places.length; k++) {
      readUnit(map, means[m]!, places[k]!, picture, found);
      const from = k * map.channels;
      let dot = 0;
      for (let c = 0; c < found.length; c++) dot += found[c]! * target[from + c]!;
      sum += 2 - 2 * dot;
    }
  });
  return sum / (maps.length * ring.length);
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
 * A scalar whose gradient is that of `Σ weight · place` with respect to the features: by the implicit function theorem
 * a place, where the cost S is least, moves by `-H⁻¹ ∂(∂S/∂place)`. Its value means nothing.
 *
 * @param features one `[1, h, w, C]` for each map
 * @param weights of each place's x and y; places with none are not read
 */
export function placeScalar(
  features: readonly tf.Tensor4D[],
  { means, wanted }: Appearance,
  located: readonly Located[],
  weights: readonly Point[],
  picture: Size,
): tf.Scalar {
  const step = Math.max(picture.width, picture.height) / 256;
  const pulls = located.flatMap(({ at, curvature: [xx, xy, yy] }, p) => {
    const { x, y } = weights[p]!;
    if (x === 0 && y === 0) return [];
    const determinant = xx * yy - xy * xy;
    const solved = { x: (yy * x - xy * y) / determinant, y: (xx * y - xy * x) / determinant };
    const length = Math.hypot(solved.x, solved.y) || 1;
    const [dx, dy] = [(solved.x / length) * step, (solved.y / length) * step];
    const ends = [
      ringAround({ x: at.x + dx, y: at.y + dy }, picture),
      ringAround({ x: at.x - dx, y: at.y - dy }, picture),
    ];
    return [{ p, ends, weight: length / (step * ring.length * features.length) }];
  });
  if (pulls.length === 0) return tf.scalar(0);
  return tf.tidy(() => {
    let total = tf.scalar(0);
    features.forEach((map, m) => {
      const [, height, width, channels] = map.shape;
      const places = [0, 1].flatMap((end) =>
        pulls.flatMap(({ ends }) => ends[end]!.map((place) => onMap(place, { height, width }, picture))),
      );
      const taps = tapsAt(places, { height, width }, { height, width });
      const centred = tf.sub(sampleFeatures(map, taps), tf.tensor1d(means[m]!)); // [2 · points · ring, C]
      const unit = tf.div(centred, tf.sqrt(tf.add(tf.sum(tf.square(centred), 1, true), 1e-12)));
      const looks = concatenated(pulls.map(({ p }) => wanted[m]![p]!));
      const target = tf.tensor2d(looks, [pulls.length * ring.length, channels]);
      const likeness = tf.sum(tf.mul(unit, tf.concat([target, target], 0)), 1);
      const signed = [1, -1].flatMap((sign) => pulls.flatMap(({ weight }) => ring.map(() => sign * weight)));
      total = tf.add(total, tf.sum(tf.mul(likeness, tf.tensor1d(signed))));
    });
    return total;
  });
}

function ringAround({ x, y }: Point, picture: Size): Point[] {
  const radius = ringRadius * Math.max(picture.width, picture.height);
  return ring.map(([right, down]) => ({ x: x + right * radius, y: y + down * radius }));
}

/** The row and column of a place of the picture on a map, at most at its border. */
function onMap({ x, y }: Point, map: Size, picture: Size): [row: number, column: number] {
  const along = (value: number, size: number, whole: number) =>
    Math.min(Math.max(((value + 0.5) * size) / whole - 0.5, 0), size - 1);
  return [along(y, map.height, picture.height), along(x, map.width, picture.width)];
}

/** Features at a place, less the means, of length 1. */
function readUnit(map: HostMap, mean: Float32Array, point: Point, picture: Size, out: Float32Array): void {
  const [row, column] = onMap(point, map, picture);
  const { channels, width, height, values } = map;
  const [top, left] = [Math.floor(row), Math.floor(column)];
  const [down, right] = [row - top, column - left];
  const [bottom, after] = [Math.min(top + 1, height - 1), Math.min(left + 1, width - 1)];
  const [a, b] = [(top * width + left) * channels, (top * width + after) * channels];
  const [d, e] = [(bottom * width + left) * channels, (bottom * width + after) * channels];
  const [wa, wb, wd, we] = [(1 - down) * (1 - right), (1 - down) * right, down * (1 - right), down * right];
  for (let c = 0; c < channels; c++) {
    out[c] = wa * values[a + c]! + wb * values[b + c]! + wd * values[d + c]! + we * values[e + c]! - mean[c]!;
  }
  unitLength(out);
}

function unitLength(values: Float32Array): void {
  let energy = 1e-12;
  for (let c = 0; c < values.length; c++) energy += values[c]! * values[c]!;
  const scale = 1 / Math.sqrt(energy);
  for (let c = 0; c < values.length; c++) values[c]! *= scale;
}

function concatenated(arrays: readonly Float32Array[]): Float32Array {
  const size = arrays[0]?.length ?? 0;
  const all = new Float32Array(arrays.length * size);
  arrays.forEach((array, i) => {
    all.set(array, i * size);
  });
  return all;
}
