import * as tf from '@tensorflow/tfjs-core';
import type { ImageSize } from '../gms/gms-inliers.js';
import { type FeatureLevel, normaliseFeatures, unitVectors } from './prepare-maps.js';
import { refineMinimum, type SubPixel } from './refine-minimum.js';
import { sampleMap } from './sample-map.js';
import { type Lattice, searchMap, snapToMap, windowCells, windowCost } from './window-cost.js';

/** Numbers gathered at a time, at most: bounds the memory of one chunk to about 64 MB. */
const CHUNK = 1 << 24;

/** What `localSearch` looks for, and how. */
export type LocalSearch = {
  levels: readonly FeatureLevel[];
  /** The image of the queries; the other one is searched. */
  from: 'a' | 'b';
  size: ImageSize;
  lattice: Lattice;
  cosine: boolean;
  subPixel: SubPixel;
};

/**
 * For each query point of one image the best place on a lattice around a centre in the other: the weighted sum of all
 * levels' costs. Call it in a tidy.
 *
 * @param queries `[B, N, 2]` image pixels
 * @param centres `[B, N, 2]` image pixels
 * @returns `[B, N, 3]` x, y, cost
 */
export function localSearch(
  queries: tf.Tensor3D,
  centres: tf.Tensor3D,
  { levels, from, size, lattice, cosine, subPixel }: LocalSearch,
): tf.Tensor3D {
  const [batch, count] = queries.shape;
  const to = from === 'a' ? 'b' : 'a';
  const targets = levels.map((level) => searchMap(level[to], level, count, size, lattice));
  const aligned = targets.find((target) => target.aligned);
  let largest = (2 * lattice.radius + 1) ** 2 * 4;
  for (const { map } of targets) {
    largest = Math.max(largest, windowCells(map, size, lattice) ** 2 * (map.shape[3] + 8));
  }
  const part = Math.max(1, Math.floor(CHUNK / (largest * batch)));

  const search = (q: tf.Tensor3D, around: tf.Tensor3D): tf.Tensor3D =>
    tf.tidy(() => {
      const c = aligned ? snapToMap(around, aligned.map, size) : around;
      let cost: tf.Tensor4D | null = null;
      for (const [k, level] of levels.entries()) {
        const sampled = normaliseFeatures(sampleMap(level[from], q, size), level);
        const query = cosine ? unitVectors(sampled) : sampled;
        const raw = windowCost(targets[k]!, query, c, size, lattice, cosine);
        const one = level.weight === 1 ? raw : (tf.mul(raw, level.weight) as tf.Tensor4D);
        cost = cost ? (tf.add(cost, one) as tf.Tensor4D) : one;
      }
      return refineMinimum(cost!, c, size, lattice, subPixel);
    });

  if (part >= count) return search(queries, centres);
  const parts: tf.Tensor3D[] = [];
  for (let at = 0; at < count; at += part) {
    const n = Math.min(part, count - at);
    parts.push(search(tf.slice(queries, [0, at, 0], [-1, n, -1]), tf.slice(centres, [0, at, 0], [-1, n, -1])));
  }
  return tf.concat(parts, 1);
}
