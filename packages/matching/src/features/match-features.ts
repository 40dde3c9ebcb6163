import { InvalidArgumentError, matchShape } from '@autodrag/nn';
import * as tf from '@tensorflow/tfjs-core';
import type { FeatureMaps } from '../image/image-like.js';
import type { Matches } from '../matcher.js';
import type { Point } from '../tracker/point.js';
import { type CoarseGrid, coarseDescriptors, coarseSearch } from './coarse-search.js';
import { distinctiveness } from './distinctiveness.js';
import { keepMatches } from './keep-matches.js';
import { localSearch } from './local-search.js';
import { type FeatureLevel, type FeatureOptions, prepareMaps } from './prepare-maps.js';
import type { SubPixel } from './refine-minimum.js';
import { sampleMap } from './sample-map.js';

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
  /**
   * Keep only this share of the points: those that their surroundings hold in place best, corners before edges before
   * flat places. 1 for all. @default 1
   */
  distinct?: number;
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
 * features, found on a coarse grid over the whole image and refined to a fraction of a pixel on all maps; kept where
 * the search back from B arrives where it began, and where neighbours move alike.
 *
 * Everything up to seven numbers a point stays on the backend; those are downloaded once for the whole batch.
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
  return keepMatches(values, queries, { ...options, size, step, cosine });
}

/** The part on the backend. `found` is `[B, N, 7]`: x, y in B, cost, ratio, x, y back in A, distinctiveness. */
function searchFeatures(featuresA: FeatureMaps, featuresB: FeatureMaps, options: MatchFeaturesOptions) {
  const {
    points,
    coarse = 32,
    searchRadius = Number.POSITIVE_INFINITY,
    mutualTolerance,
    subPixel = 'parabola',
    smooth = 'median',
    distinct = 1,
  } = options;
  const caller = 'matchFeatures';
  if (!(distinct > 0 && distinct <= 1)) {
    throw new InvalidArgumentError(`${caller}: distinct: expected a share above 0 and at most 1, got ${distinct}`);
  }
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
    if (count === 0) return tf.zeros([batch, 0, 7]) as tf.Tensor3D;
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
    const held = distinct < 1 ? distinctiveness(levels, at, size, cosine) : tf.zeros([batch, count]);
    return tf.concat(
      [forward.refined, tf.expandDims(forward.ratio, 2) as tf.Tensor3D, back, tf.expandDims(held, 2)],
      2,
    );
  });
  return { queries, found, size, step, cosine };
}

/** The points to look for, one list a pair, all of one length. */
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
