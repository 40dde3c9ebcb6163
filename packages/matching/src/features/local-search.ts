import * as tf from '@tensorflow/tfjs-core';
import type { ImageSize } from '../gms/gms-inliers.js';
import { refineMinimum, type SubPixel } from './refine-minimum.js';
import { sampleMap } from './sample-map.js';
import { type Lattice, neighbourProducts, windowCost } from './window-cost.js';

/** Maps with what is computed of them once. */
export type SearchMaps = { maps: tf.Tensor4D[]; products: tf.Tensor4D[] };

/** Adds the products of neighbours to a set of maps. */
export function searchMaps(maps: tf.Tensor4D[]): SearchMaps {
  return { maps, products: maps.map(neighbourProducts) };
}

/** Numbers gathered at a time, at most: bounds the memory of one chunk to about 64 MB. */
const CHUNK = 1 << 24;

/**
 * For each query point of one image the best place on a lattice around a centre in the other: the weighted sum of all
 * maps' costs, averaged over the patch.
 *
 * @param from maps of the image of the queries
 * @param queries `[B, N, 2]` image pixels
 * @param to maps of the image that is searched
 * @param centres `[B, N, 2]` image pixels
 * @param patch the cost is the mean over these displacements of query and candidate, image pixels
 * @returns `[B, N, 3]` x, y, cost
 */
export function localSearch(
  from: tf.Tensor4D[],
  queries: tf.Tensor3D,
  to: SearchMaps,
  centres: tf.Tensor3D,
  weights: readonly number[],
  size: ImageSize,
  lattice: Lattice,
  cosine: boolean,
  subPixel: SubPixel,
  patch: readonly (readonly [number, number])[] = [[0, 0]],
): tf.Tensor3D {
  const count = queries.shape[1];
  const batch = queries.shape[0];
  const side = 2 * lattice.radius + 1;
  let largest = side * side;
  for (const map of to.maps) {
    const [, h, w, channels] = map.shape;
    const cells = (extent: number, image: number) =>
      Math.min(extent, Math.ceil(((side - 1) * lattice.step * extent) / image) + 2);
    largest = Math.max(largest, cells(h, size.height) * cells(w, size.width) * channels);
  }
  const part = Math.max(1, Math.floor(CHUNK / (largest * batch)));

  const search = (q: tf.Tensor3D, c: tf.Tensor3D): tf.Tensor3D =>
    tf.tidy(() => {
      let cost: tf.Tensor4D | null = null;
      for (const [dx, dy] of patch) {
        const shift = tf.tensor1d([dx, dy]);
        const shiftedQuery = tf.add(q, shift) as tf.Tensor3D;
        const shiftedCentre = tf.add(c, shift) as tf.Tensor3D;
        for (let m = 0; m < to.maps.length; m++) {
          const sampled = sampleMap(from[m]!, shiftedQuery, size);
          const query = cosine
            ? (tf.mul(sampled, tf.rsqrt(tf.add(tf.sum(tf.square(sampled), 2, true), 1e-12))) as tf.Tensor3D)
            : sampled;
          const one = tf.mul(
            windowCost(to.maps[m]!, to.products[m]!, query, shiftedCentre, size, lattice, cosine),
            weights[m]! / patch.length,
          ) as tf.Tensor4D;
          cost = cost ? (tf.add(cost, one) as tf.Tensor4D) : one;
        }
      }
      return refineMinimum(cost!, c, size, lattice, subPixel);
    });

  if (part >= count) return search(queries, centres);
  return tf.tidy(() => {
    const parts: tf.Tensor3D[] = [];
    for (let at = 0; at < count; at += part) {
      const n = Math.min(part, count - at);
      parts.push(
        tf.tidy(() => search(tf.slice(queries, [0, at, 0], [-1, n, -1]), tf.slice(centres, [0, at, 0], [-1, n, -1]))),
      );
    }
    return tf.concat(parts, 1);
  });
}
