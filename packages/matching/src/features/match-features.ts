import { InvalidArgumentError, matchShape } from '@autodrag/nn';
import * as tf from '@tensorflow/tfjs-core';
import { gmsInliers } from '../gms/gms-inliers.js';
import type { FeatureMaps } from '../image/image-like.js';
import type { Matches } from '../matcher.js';
import { type CoarseGrid, coarseDescriptors, coarseSearch } from './coarse-search.js';
import { localSearch } from './local-search.js';
import { type FeatureLevel, type FeatureOptions, prepareMaps } from './prepare-maps.js';
import type { SubPixel } from './refine-minimum.js';
import { sampleMap } from './sample-map.js';
import { smoothMotion } from './smooth-motion.js';
import type { Point } from './track-points.js';

/** Options of `matchFeatures`. */
export type MatchFeaturesOptions = FeatureOptions & {
  /** Points of image A to look for, the same for each pair or one list a pair. @default a grid, see `stride` */
  points?: readonly Point[] | readonly (readonly Point[])[];
  /** Spacing of the grid of points, in pixels. @default 1/32 of the longer side, at least one pixel */
  stride?: number;
  /** Longest side of the grid of cells that is searched completely; the rest is refinement. @default 32 */
  coarse?: number;
  /** Look only so many pixels from where a point was, on each axis. @default Infinity */
  searchRadius?: number;
  /**
   * Search back from B to A, and keep a match that returns to within this many pixels; Infinity to skip it.
   * @default 1/64 of the longer side, at least 1.5 pixels of the largest map
   */
  mutualTolerance?: number;
  /** Keep matches whose cost is at most this share of the cost of the best place elsewhere; 1 for all. @default 1 */
  ratio?: number;
  /** Keep matches with at least this score. @default 0 */
  minScore?: number;
  /** Keep matches that move like their neighbours, or that GMS supports. @default 'median' */
  smooth?: 'median' | 'gms' | 'none';
  /** @default 'parabola' */
  subPixel?: SubPixel;
};

/** Grid of queries: half a stride from the border. */
function gridPoints(width: number, height: number, stride: number): Point[] {
  const points: Point[] = [];
  const start = (stride - 1) / 2;
  for (let y = start; y <= height - 1; y += stride)
    for (let x = start; x <= width - 1; x += stride) points.push({ x, y });
  return points;
}

/** The grid of the largest map that is not larger than `side`, or of the smallest map scaled down to it. */
function coarseGrid(levels: readonly FeatureLevel[], side: number): CoarseGrid {
  const sizes = levels.map(({ a }) => ({ height: a.shape[1], width: a.shape[2] }));
  const fitting = sizes.filter(({ height, width }) => Math.max(height, width) <= side);
  if (fitting.length > 0) return fitting[fitting.length - 1]!;
  const { height, width } = sizes[0]!;
  const shrink = side / Math.max(height, width);
  return { height: Math.max(1, Math.round(height * shrink)), width: Math.max(1, Math.round(width * shrink)) };
}

/**
 * Matches images by feature maps, for instance those of a generator: for points of A the place in B with the nearest
 * features, found on a coarse grid over the whole image and refined to a fraction of a pixel on all maps; kept where the
 * search back from B arrives where it began, and where neighbours move alike.
 *
 * Everything up to six numbers a point stays on the backend; those are downloaded once for the whole batch.
 *
 * @param featuresA maps `[B, h, w, C]` of the images A, of any resolutions
 * @param featuresB maps of the same shapes of the images B
 * @returns one set of matches for each of the B pairs, in the order of the points. Scores are
 *   `1 / (1 + cost)`; for `normalize: 'pixel'` the weighted mean cosine
 * @throws InvalidArgumentError, ShapeError
 */
export async function matchFeatures(
  featuresA: FeatureMaps,
  featuresB: FeatureMaps,
  options: MatchFeaturesOptions = {},
): Promise<Matches[]> {
  const { queries, found, size, step, cosine } = searchFeatures(featuresA, featuresB, options);
  let values: Float32Array;
  try {
    values = (await found.data()) as Float32Array;
  } finally {
    found.dispose();
  }
  const tolerance = Math.max(Math.max(size.width, size.height) / 64, 1.5 * step);
  const { mutualTolerance = tolerance, ratio = 1, minScore = 0, smooth = 'median' } = options;
  const count = queries[0]?.length ?? 0;
  return queries.map((points, b) => {
    const pointsA: number[] = [];
    const pointsB: number[] = [];
    const scores: number[] = [];
    for (const [n, { x, y }] of points.entries()) {
      const at = (b * count + n) * 6;
      const [bx, by, cost, againstSecond, backX, backY] = values.subarray(at, at + 6) as unknown as number[];
      const score = cosine ? 1 - cost! / 2 : 1 / (1 + cost!);
      if (!(score >= minScore) || (ratio < 1 && !(againstSecond! <= ratio))) continue;
      if (Math.hypot(backX! - x, backY! - y) > mutualTolerance) continue;
      pointsA.push(x, y);
      pointsB.push(bx!, by!);
      scores.push(score);
    }
    const all: Matches = {
      pointsA: Float32Array.from(pointsA),
      pointsB: Float32Array.from(pointsB),
      scores: Float32Array.from(scores),
      count: scores.length,
    };
    if (smooth === 'none') return all;
    const identity = Int32Array.from({ length: all.count * 2 }, (_, k) => k >> 1);
    const gridSize = Math.max(4, Math.min(20, Math.round(Math.sqrt(count / 4))));
    const mask =
      smooth === 'gms'
        ? gmsInliers(all.pointsA, size, all.pointsB, size, identity, false, false, 2, gridSize).mask
        : smoothMotion(all.pointsA, all.pointsB, tolerance);
    return selectMatches(all, mask);
  });
}

function selectMatches({ pointsA, pointsB, scores, count }: Matches, mask: Uint8Array): Matches {
  const kept: number[] = [];
  for (let m = 0; m < count; m++) if (mask[m]) kept.push(m);
  const pick = (points: Float32Array) => Float32Array.from(kept.flatMap((m) => [points[2 * m]!, points[2 * m + 1]!]));
  return {
    pointsA: pick(pointsA),
    pointsB: pick(pointsB),
    scores: Float32Array.from(kept, (m) => scores[m]!),
    count: kept.length,
  };
}

/** The part on the backend. `found` is `[B, N, 6]`: x, y in B, cost, ratio, x, y back in A. */
function searchFeatures(featuresA: FeatureMaps, featuresB: FeatureMaps, options: MatchFeaturesOptions) {
  const {
    points,
    coarse = 32,
    searchRadius = Number.POSITIVE_INFINITY,
    mutualTolerance,
    subPixel = 'parabola',
    smooth = 'median',
  } = options;
  const caller = 'matchFeatures';
  if (!(coarse >= 2 && coarse <= 256)) {
    throw new InvalidArgumentError(`${caller}: coarse: expected a number from 2 to 256, got ${coarse}`);
  }
  if (!(searchRadius > 0)) {
    throw new InvalidArgumentError(`${caller}: searchRadius: expected a positive number, got ${searchRadius}`);
  }
  if (mutualTolerance !== undefined && !(mutualTolerance >= 0)) {
    throw new InvalidArgumentError(`${caller}: mutualTolerance: expected a number from 0, got ${mutualTolerance}`);
  }
  if (!['median', 'gms', 'none'].includes(smooth)) {
    throw new InvalidArgumentError(`${caller}: smooth: expected 'median', 'gms' or 'none', got '${smooth}'`);
  }
  if (!['parabola', 'softmin', 'none'].includes(subPixel)) {
    throw new InvalidArgumentError(`${caller}: subPixel: expected 'parabola', 'softmin' or 'none', got '${subPixel}'`);
  }
  let queries: (readonly Point[])[] = [];
  let size = { width: 0, height: 0 };
  let cosine = true;
  let step = 1;
  const found = tf.tidy(() => {
    const pair = prepareMaps(featuresA, featuresB, options, caller);
    const { batch } = pair;
    ({ size, cosine } = pair);
    queries = queryPoints(points, options.stride, size, batch, caller);
    const count = queries[0]!.length;
    if (count === 0) return tf.zeros([batch, 0, 6]) as tf.Tensor3D;
    const flat = Float32Array.from(queries.flatMap((list) => list.flatMap(({ x, y }) => [x, y])));
    const at = tf.tensor3d(flat, [batch, count, 2]);

    const { levels } = pair;
    const grid = coarseGrid(levels, coarse);
    const descriptors = {
      a: coarseDescriptors(levels, 'a', grid, cosine),
      b: coarseDescriptors(levels, 'b', grid, cosine),
    };
    const finest = levels[levels.length - 1]!.a.shape;
    step = Math.max(0.25, Math.min(size.height / finest[1], size.width / finest[2]));
    const cell = Math.max(size.height / grid.height, size.width / grid.width);
    const lattice = { radius: Math.max(1, Math.ceil(cell / step - 1e-6)), step };

    const find = (from: 'a' | 'b', where: tf.Tensor3D) => {
      const query = sampleMap(descriptors[from], where, size);
      const { centres, ratio } = coarseSearch(query, descriptors[from === 'a' ? 'b' : 'a'], where, size, searchRadius);
      return { refined: localSearch(where, centres, { levels, from, size, lattice, cosine, subPixel }), ratio };
    };
    const forward = find('a', at);
    const there = tf.slice(forward.refined, [0, 0, 0], [-1, -1, 2]);
    const back =
      mutualTolerance === Number.POSITIVE_INFINITY ? at : tf.slice(find('b', there).refined, [0, 0, 0], [-1, -1, 2]);
    return tf.concat([forward.refined, tf.expandDims(forward.ratio, 2) as tf.Tensor3D, back], 2);
  });
  return { queries, found, size, step, cosine };
}

function queryPoints(
  points: MatchFeaturesOptions['points'],
  stride: number | undefined,
  size: { width: number; height: number },
  batch: number,
  caller: string,
): (readonly Point[])[] {
  const longer = Math.max(size.width, size.height);
  const spacing = stride ?? Math.max(1, longer / 32);
  if (!(spacing > 0 && (size.width / spacing) * (size.height / spacing) <= 1 << 20)) {
    throw new InvalidArgumentError(
      `${caller}: stride: expected a number that gives at most 2^20 points, got ${stride}`,
    );
  }
  let lists: (readonly Point[])[];
  if (!points) lists = Array.from({ length: batch }, () => gridPoints(size.width, size.height, spacing));
  else if (points.length > 0 && Array.isArray(points[0])) {
    lists = [...(points as readonly (readonly Point[])[])];
    matchShape([lists.length], [batch], `${caller}: points`);
    for (const list of lists) matchShape([list.length], [lists[0]!.length], `${caller}: points of one pair`);
  } else lists = Array.from({ length: batch }, () => points as readonly Point[]);
  for (const { x, y } of lists.flat()) {
    if (!(Number.isFinite(x) && Number.isFinite(y))) {
      throw new InvalidArgumentError(`${caller}: points: a point is (${x}, ${y})`);
    }
  }
  return lists;
}
