import * as tf from '@tensorflow/tfjs-core';
import type { Size } from './feature-generator.js';

/** A place on a map enlarged to the picture's size, in its pixels; between pixels it is interpolated. */
export type Place = readonly [row: number, column: number];

/** Features at places, as a weighted sum of the map's own pixels: `perSample` of them each. */
export type Taps = {
  readonly samples: number;
  readonly perSample: number;
  /** `[samples * perSample]`: rows of the map as a matrix `[height * width, C]` */
  readonly index: Int32Array;
  /** `[samples * perSample]` */
  readonly weight: Float32Array;
};

type Tap = readonly [index: number, weight: number];

/**
 * Which pixels of a feature map make up the features at places of the picture: the map is enlarged bilinearly to the
 * picture's size (half-pixel centres, no corner alignment), and that is interpolated bilinearly where a place lies
 * between pixels, with zeros outside. Both at once, so that the large map is never made.
 *
 * @param places in pixels of the picture
 */
export function tapsAt(places: readonly Place[], picture: Size, map: Size): Taps {
  const rows = places.map(([row]) => axisTaps(row, picture.height, map.height));
  const columns = places.map(([, column]) => axisTaps(column, picture.width, map.width));
  const tall = Math.max(1, ...rows.map((taps) => taps.length));
  const wide = Math.max(1, ...columns.map((taps) => taps.length));
  const perSample = tall * wide;
  const index = new Int32Array(places.length * perSample);
  const weight = new Float32Array(places.length * perSample);
  places.forEach((_, s) => {
    rows[s]!.forEach(([row, down], i) => {
      columns[s]!.forEach(([column, right], j) => {
        const at = s * perSample + i * wide + j;
        index[at] = row * map.width + column;
        weight[at] = down * right;
      });
    });
  });
  return { samples: places.length, perSample, index, weight };
}

/**
 * Features at places: a gather and a weighted sum, so that every backend has the gradient.
 *
 * @param features `[1, h, w, C]`
 * @returns `[samples, C]`
 */
export function sampleFeatures(features: tf.Tensor4D, { samples, perSample, index, weight }: Taps): tf.Tensor2D {
  const [, height, width, channels] = features.shape;
  return tf.tidy(() => {
    const pixels = tf.reshape(features, [height * width, channels]);
    const picked = tf.mul(tf.gather(pixels, tf.tensor1d(index, 'int32')), tf.tensor2d(weight, [index.length, 1]));
    return tf.sum(tf.reshape(picked, [samples, perSample, channels]), 1) as tf.Tensor2D;
  });
}

/**
 * The matrix that enlarges a map along one axis, as `tapsAt` reads it.
 *
 * @returns `[size, source]`
 */
export function enlarging(size: number, source: number): tf.Tensor2D {
  const values = new Float32Array(size * source);
  for (let i = 0; i < size; i++) {
    for (const [index, weight] of pixelTaps(i, size, source)) values[i * source + index]! += weight;
  }
  return tf.tensor2d(values, [size, source]);
}

/** @param position on the enlarged axis of `size` pixels */
function axisTaps(position: number, size: number, source: number): Tap[] {
  const before = Math.floor(position);
  const rest = position - before;
  const taps: Tap[] = [];
  for (const [pixel, share] of [
    [before, 1 - rest],
    [before + 1, rest],
  ] as const) {
    if (share === 0 || pixel < 0 || pixel > size - 1) continue;
    for (const [index, weight] of pixelTaps(pixel, size, source)) taps.push([index, share * weight]);
  }
  return taps;
}

function pixelTaps(pixel: number, size: number, source: number): Tap[] {
  if (size === source) return [[pixel, 1]];
  const at = Math.max(0, ((pixel + 0.5) * source) / size - 0.5);
  const first = Math.floor(at);
  const rest = at - first;
  return rest === 0
    ? [[first, 1]]
    : [
        [first, 1 - rest],
        [Math.min(first + 1, source - 1), rest],
      ];
}
