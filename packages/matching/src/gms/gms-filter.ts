import { InvalidArgumentError } from '@autodrag/nn';
import { type GmsResult, gmsInliers, type ImageSize } from './gms-inliers.js';

/** Options of `gmsFilter`. */
export type GmsOptions = {
  /** Try the eight 45 degree rotations. @default false */
  rotation?: boolean;
  /** Try the five scales 1, 1/2, 1/sqrt 2, sqrt 2, 2. @default false */
  scale?: boolean;
  /** Threshold factor: 6 for ORB with all nearest neighbours, 3 to 4 for SIFT after a ratio test. @default 6 */
  thresholdFactor?: number;
  /** Cells of the left grid along each side. @default 20 */
  gridSize?: number;
};

/**
 * Grid-based motion statistics (Bian et al. 2017): keeps the matches whose neighbourhoods move together, exactly as the
 * author's C++ program decides, float32 rounding included. A left cell votes for the right cell that most of its
 * matches go to, and the pair holds if `sum of the 3x3 supporting matches >= factor * sqrt(mean points of a cell)`.
 * With `rotation` and `scale` the setting with most inliers wins, the first one on a tie.
 *
 * @param pointsA `[nA * 2]` x, y in pixels
 * @param sizeA of image A, in pixels
 * @param pointsB `[nB * 2]` x, y in pixels
 * @param sizeB of image B, in pixels
 * @param matches `[M * 2]` index into A, index into B: *all* nearest neighbours, without ratio test or cross check
 * @returns the mask `[M]` (all zero if nothing was kept), the number kept and the winning setting
 * @throws InvalidArgumentError if sizes are not positive, an index has no point, or a coordinate is not a number
 */
export function gmsFilter(
  pointsA: Float32Array,
  sizeA: ImageSize,
  pointsB: Float32Array,
  sizeB: ImageSize,
  matches: Int32Array,
  { rotation = false, scale = false, thresholdFactor = 6, gridSize = 20 }: GmsOptions = {},
): GmsResult {
  for (const [name, size] of [
    ['sizeA', sizeA],
    ['sizeB', sizeB],
  ] as const) {
    if (!(size.width > 0 && size.height > 0 && Number.isFinite(size.width * size.height))) {
      throw new InvalidArgumentError(
        `gmsFilter: ${name}: width and height must be positive, got ${size.width} x ${size.height}`,
      );
    }
  }
  if (!(Number.isInteger(gridSize) && gridSize >= 2 && gridSize <= 64)) {
    throw new InvalidArgumentError(`gmsFilter: gridSize: expected a whole number from 2 to 64, got ${gridSize}`);
  }
  if (!(thresholdFactor >= 0)) {
    throw new InvalidArgumentError(`gmsFilter: thresholdFactor: expected a number from 0, got ${thresholdFactor}`);
  }
  for (const [name, points] of [
    ['pointsA', pointsA],
    ['pointsB', pointsB],
  ] as const) {
    if (points.length % 2 !== 0) {
      throw new InvalidArgumentError(`gmsFilter: ${name}: expected x, y pairs, got ${points.length} numbers`);
    }
    for (const value of points) {
      if (!Number.isFinite(value)) throw new InvalidArgumentError(`gmsFilter: ${name}: a coordinate is ${value}`);
    }
  }
  if (matches.length % 2 !== 0) {
    throw new InvalidArgumentError(`gmsFilter: matches: expected index pairs, got ${matches.length} numbers`);
  }
  for (let m = 0; m < matches.length; m++) {
    const limit = (m % 2 === 0 ? pointsA : pointsB).length / 2;
    const index = matches[m]!;
    if (index < 0 || index >= limit) {
      throw new InvalidArgumentError(
        `gmsFilter: matches: pair ${m >> 1} refers to point ${index} of ${m % 2 === 0 ? 'A' : 'B'}, which has ${limit}`,
      );
    }
  }
  return gmsInliers(pointsA, sizeA, pointsB, sizeB, matches, rotation, scale, thresholdFactor, gridSize);
}
