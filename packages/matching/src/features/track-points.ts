import { InvalidArgumentError, matchShape } from '@autodrag/nn';
import * as tf from '@tensorflow/tfjs-core';
import type { FeatureMaps } from '../image/image-like.js';
import { localSearch } from './local-search.js';
import { type FeatureOptions, prepareMaps } from './prepare-maps.js';
import type { SubPixel } from './refine-minimum.js';

/** A point in image pixels: x to the right, y down, the centre of pixel (0, 0) is (0, 0). */
export type Point = { readonly x: number; readonly y: number };

/** Where a point went. */
export type TrackedPoint = {
  x: number;
  y: number;
  /** Weighted squared distance of the features there: 0 is identical. */
  cost: number;
};

/** Options of `trackPoints`. */
export type TrackPointsOptions = FeatureOptions & {
  /** Search up to so many pixels from the point, on each axis. @default 1/8 of the image's longer side */
  window?: number;
  /** Spacing of the places that are tried, in pixels. @default one pixel of the largest map */
  step?: number;
  /** Compare the patch of (2 patch + 1)^2 places `step` apart instead of single features. @default 0 */
  patch?: number;
  /** @default 'parabola' */
  subPixel?: SubPixel;
};

/**
 * Where points of one image are found again in another, by their features: for each point the place within a window whose
 * features are nearest in L2 over channels. Like DragGAN's point tracking, but over several maps at once, sub-pixel, and
 * batched. Nothing is downloaded.
 *
 * Maps of different resolution are compared on one lattice by exact bilinear interpolation (half-pixel centres) without
 * being enlarged.
 *
 * @param featuresBefore maps `[B, h, w, C]` of the image in which the points are
 * @param featuresAfter maps of the same shapes
 * @param points `[B, N, 2]` x, y in image pixels
 * @returns `[B, N, 3]` x, y in image pixels, cost
 * @throws InvalidArgumentError, ShapeError
 */
export function trackPointsTensor(
  featuresBefore: FeatureMaps,
  featuresAfter: FeatureMaps,
  points: tf.Tensor3D,
  { window, step, patch = 0, subPixel = 'parabola', ...options }: TrackPointsOptions = {},
): tf.Tensor3D {
  return tf.tidy(() => {
    const pair = prepareMaps(featuresBefore, featuresAfter, options, 'trackPoints');
    const { size, batch } = pair;
    matchShape(points.shape, [batch, 'N', 2], 'trackPoints: points');
    if (points.shape[1] === 0) return tf.zeros([batch, 0, 3]);
    const finest = pair.levels[pair.levels.length - 1]!.a.shape;
    const spacing = step ?? Math.max(0.25, Math.min(size.height / finest[1], size.width / finest[2]));
    const reach = window ?? Math.max(size.width, size.height) / 8;
    if (!(reach > 0 && Number.isFinite(reach))) {
      throw new InvalidArgumentError(`trackPoints: window: expected a positive number of pixels, got ${window}`);
    }
    if (!(spacing > 0 && reach / spacing <= 512)) {
      throw new InvalidArgumentError(
        `trackPoints: step: expected a positive number of at least window / 512, got ${step}`,
      );
    }
    if (!(Number.isInteger(patch) && patch >= 0 && patch <= 8)) {
      throw new InvalidArgumentError(`trackPoints: patch: expected a whole number from 0 to 8, got ${patch}`);
    }
    if (!['parabola', 'softmin', 'none'].includes(subPixel)) {
      throw new InvalidArgumentError(
        `trackPoints: subPixel: expected 'parabola', 'softmin' or 'none', got '${subPixel}'`,
      );
    }
    const displacements: [number, number][] = [];
    for (let y = -patch; y <= patch; y++) {
      for (let x = -patch; x <= patch; x++) displacements.push([x * spacing, y * spacing]);
    }
    const lattice = { radius: Math.max(1, Math.ceil(reach / spacing - 1e-6)), step: spacing };
    const { levels, cosine } = pair;
    return localSearch(points, points, { levels, from: 'a', size, lattice, cosine, subPixel, patch: displacements });
  });
}

/**
 * `trackPointsTensor` for points of one pair: takes and gives plain points, and downloads once, three numbers a point.
 *
 * @param featuresBefore maps `[1, h, w, C]`
 * @param featuresAfter maps of the same shapes
 */
export async function trackPoints(
  featuresBefore: FeatureMaps,
  featuresAfter: FeatureMaps,
  points: readonly Point[],
  options: TrackPointsOptions = {},
): Promise<TrackedPoint[]> {
  for (const [index, { x, y }] of points.entries()) {
    if (!(Number.isFinite(x) && Number.isFinite(y))) {
      throw new InvalidArgumentError(`trackPoints: points: point ${index} is (${x}, ${y})`);
    }
  }
  const result = tf.tidy(() => {
    const flat = Float32Array.from(points.flatMap(({ x, y }) => [x, y]));
    return trackPointsTensor(featuresBefore, featuresAfter, tf.tensor3d(flat, [1, points.length, 2]), options);
  });
  try {
    const values = await result.data();
    return points.map((_, k) => ({ x: values[3 * k]!, y: values[3 * k + 1]!, cost: values[3 * k + 2]! }));
  } finally {
    result.dispose();
  }
}
