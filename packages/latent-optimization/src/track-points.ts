import type * as tf from '@tensorflow/tfjs-core';
import type { Size } from './feature-generator.js';
import { type Place, sampleFeatures, type Taps, tapsAt } from './sample-features.js';

/** Whole pixels of the picture in which one point is looked for. */
export type TrackingWindow = {
  readonly top: number;
  readonly left: number;
  readonly height: number;
  readonly width: number;
};

/** Point tracking of one picture: where to read, and what the numbers read there mean. */
export type Tracking = {
  readonly windows: readonly TrackingWindow[];
  /** All pixels of all windows, one after the other */
  readonly taps: Taps;
};

/**
 * The windows of a tracking: `radius` pixels to each side of each point, cut at the picture's border.
 *
 * @param points whole pixels `[row, column]`
 */
export function trackingAround(points: readonly Place[], radius: number, picture: Size, map: Size): Tracking {
  const windows = points.map(([row, column]): TrackingWindow => {
    const top = Math.max(row - radius, 0);
    const left = Math.max(column - radius, 0);
    return {
      top,
      left,
      height: Math.min(row + radius + 1, picture.height) - top,
      width: Math.min(column + radius + 1, picture.width) - left,
    };
  });
  const places = windows.flatMap(({ top, left, height, width }) =>
    Array.from({ length: height * width }, (_, i): Place => [top + Math.floor(i / width), left + (i % width)]),
  );
  return { windows, taps: tapsAt(places, picture, map) };
}

/** Features at all pixels of all windows, `[pixels, C]`. */
export function trackedFeatures(features: tf.Tensor4D, { taps }: Tracking): tf.Tensor2D {
  return sampleFeatures(features, taps);
}

/**
 * Point tracking by nearest neighbour (Pan et al. 2023, Eq. 6): each point is the pixel of its window whose feature is
 * nearest to the reference, Euclidean over channels; of equal ones the first from the top left.
 *
 * @param values what `trackedFeatures` gave, `[pixels, C]`
 * @param references one feature `[C]` for each point
 * @returns `[row, column]` of each point
 */
export function nearestPixels(
  { windows }: Tracking,
  values: Float32Array,
  references: readonly Float32Array[],
): [row: number, column: number][] {
  let at = 0;
  return windows.map(({ top, left, height, width }, p) => {
    const reference = references[p]!;
    let nearest = 0;
    let least = Number.POSITIVE_INFINITY;
    for (let pixel = 0; pixel < height * width; pixel++) {
      let sum = 0;
      for (const wanted of reference) sum += (values[at++]! - wanted) ** 2;
      if (sum < least) {
        least = sum;
        nearest = pixel;
      }
    }
    return [top + Math.floor(nearest / width), left + (nearest % width)];
  });
}
