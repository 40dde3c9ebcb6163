import { InvalidArgumentError } from '@autodrag/nn';
import * as tf from '@tensorflow/tfjs-core';
import type { FeatureMaps } from '../image/image-like.js';
import type { Matches } from '../matcher.js';
import { distinctiveness } from './distinctiveness.js';
import { keepMatches } from './keep-matches.js';
import { localSearch } from './local-search.js';
import { checkShare, type MatchFeaturesOptions, queryPoints } from './match-features.js';
import { prepareMaps } from './prepare-maps.js';
import type { Point } from './track-points.js';

/** Options of `matchSequence`: those of `matchFeatures` that do not concern the search of a whole image. */
export type MatchSequenceOptions = Omit<MatchFeaturesOptions, 'coarse' | 'searchRadius' | 'ratio'> & {
  /** From one image to the next a point stays within so many pixels, on each axis, of where it is expected. @default 1/20 of the longer side */
  window?: number;
};

/**
 * Matches the first image of a motion with its last by following every point through the images between: in each one it
 * is where the features are nearest to those that it had in the *first* image, in a window around where its motion so far leads. Errors do not add up, and what is
 * alike elsewhere in the picture (the other eye) is never looked at; `matchFeatures`, which knows the two ends alone, must search all of it.
 * Kept are points that, followed back from the last image by the features that they have there, arrive where they began, and
 * that move like their neighbours.
 *
 * @param frames feature maps `[B, h, w, C]` of the images in order, at least two, all of the same shapes
 * @returns one set of matches, first to last image, for each of the B motions
 * @throws InvalidArgumentError, ShapeError
 */
export async function matchSequence(
  frames: readonly FeatureMaps[],
  options: MatchSequenceOptions = {},
): Promise<Matches[]> {
  const caller = 'matchSequence';
  if (frames.length < 2) {
    throw new InvalidArgumentError(`${caller}: frames: expected at least 2, got ${frames.length}`);
  }
  const { points, stride, window, subPixel = 'parabola', mutualTolerance, distinct = 1 } = options;
  checkShare(distinct, caller);
  if (window !== undefined && !(window > 0 && Number.isFinite(window))) {
    throw new InvalidArgumentError(`${caller}: window: expected a positive number of pixels, got ${window}`);
  }
  let queries: (readonly Point[])[] = [];
  let size = { width: 0, height: 0 };
  let step = 1;
  let cosine = false;

  /** Points of the first frame of `order` in its last: `[B, N, 3]` x, y, cost. */
  const follow = (order: readonly FeatureMaps[], from: tf.Tensor3D): tf.Tensor3D => {
    let before = from;
    let now = from;
    let found: tf.Tensor3D | null = null;
    for (const frame of order.slice(1)) {
      const pair = prepareMaps(order[0]!, frame, options, caller);
      ({ size, cosine } = pair);
      const finest = pair.levels[pair.levels.length - 1]!.a.shape;
      step = Math.max(0.25, Math.min(size.height / finest[1], size.width / finest[2]));
      const reach = window ?? Math.max(size.width, size.height) / 20;
      const lattice = { radius: Math.max(1, Math.ceil(reach / step - 1e-6)), step };
      const expected = tf.sub(tf.mul(now, 2), before);
      const inside = tf.minimum(tf.maximum(expected, 0), tf.tensor1d([size.width - 1, size.height - 1])) as tf.Tensor3D;
      found = localSearch(from, inside, { levels: pair.levels, from: 'a', size, lattice, cosine, subPixel });
      before = now;
      now = tf.slice(found, [0, 0, 0], [-1, -1, 2]);
    }
    return found!;
  };
  const followed = tf.tidy(() => {
    const first = prepareMaps(frames[0]!, frames[1]!, options, caller);
    const { batch, size: imageSize } = first;
    queries = queryPoints(points, stride, imageSize, batch, caller);
    const count = queries[0]!.length;
    if (count === 0) return tf.zeros([batch, 0, 7]);
    const flat = Float32Array.from(queries.flatMap((list) => list.flatMap(({ x, y }) => [x, y])));
    const at = tf.tensor3d(flat, [batch, count, 2]);
    const there = follow(frames, at);
    const end = tf.slice(there, [0, 0, 0], [-1, -1, 2]);
    const back =
      mutualTolerance === Number.POSITIVE_INFINITY
        ? at
        : tf.slice(follow([...frames].reverse(), end), [0, 0, 0], [-1, -1, 2]);
    const held = distinct < 1 ? distinctiveness(first.levels, at, imageSize, first.cosine) : tf.zeros([batch, count]);
    return tf.concat([there, tf.zeros([batch, count, 1]), back, tf.expandDims(held, 2)], 2);
  });
  try {
    const values = (await followed.data()) as Float32Array;
    return keepMatches(values, queries, { ...options, size, step, cosine });
  } finally {
    followed.dispose();
  }
}
