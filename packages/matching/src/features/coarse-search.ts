import * as tf from '@tensorflow/tfjs-core';
import type { ImageSize } from '../gms/gms-inliers.js';
import { type FeatureLevel, normaliseFeatures, unitVectors } from './prepare-maps.js';
import { toImagePoints, toMapCoordinates } from './sample-map.js';

/** One descriptor a cell for a whole image: all maps on one grid, weighted and concatenated. */
export type CoarseGrid = { height: number; width: number };

/** Numbers of a cost table held at a time, at most. */
const CHUNK = 1 << 24;

/** Far above any cost. */
const OUTSIDE = 1e6;

/** A map on another grid: averaged over whole blocks where it shrinks by a whole factor, else bilinear. */
function onGrid(map: tf.Tensor4D, { height, width }: CoarseGrid): tf.Tensor4D {
  const [, h, w] = map.shape;
  if (h === height && w === width) return map;
  if (h % height === 0 && w % width === 0) {
    return tf.avgPool(map, [h / height, w / width], [h / height, w / width], 'valid');
  }
  return tf.image.resizeBilinear(map, [height, width], false, true);
}

/**
 * The descriptors of an image on the coarse grid, such that their squared distance is the weighted sum of the levels'.
 *
 * @returns `[B, height, width, sum of C]`
 */
export function coarseDescriptors(
  levels: readonly FeatureLevel[],
  which: 'a' | 'b',
  grid: CoarseGrid,
  cosine: boolean,
): tf.Tensor4D {
  return tf.tidy(() => {
    const parts = levels.map((level) => {
      const small = onGrid(level[which], grid);
      const [batch, height, width, channels] = small.shape;
      const normalised = normaliseFeatures(tf.reshape(small, [batch, height * width, channels]), level);
      const compared = cosine ? unitVectors(normalised) : normalised;
      return tf.reshape(tf.mul(compared, Math.sqrt(level.weight)), small.shape) as tf.Tensor4D;
    });
    return parts.length === 1 ? parts[0]! : (tf.concat(parts, 3) as tf.Tensor4D);
  });
}

/**
 * The nearest cell of a coarse grid for every query, by `|a|^2 + |b|^2 - 2 a . b` in one matrix product a chunk, and
 * how near the nearest other place is (more than two cells away).
 *
 * @param queries `[B, N, C]` descriptors
 * @param descriptors `[B, height, width, C]` of the image that is searched
 * @param from `[B, N, 2]` where the queries are, image pixels; used with `searchRadius`
 * @param searchRadius only cells up to so many pixels away on each axis; Infinity for the whole image
 * @returns centres `[B, N, 2]` image pixels, ratio `[B, N]`: cost of the best over cost of the second
 */
export function coarseSearch(
  queries: tf.Tensor3D,
  descriptors: tf.Tensor4D,
  from: tf.Tensor3D,
  size: ImageSize,
  searchRadius: number,
): { centres: tf.Tensor3D; ratio: tf.Tensor2D } {
  const [batch, height, width, channels] = descriptors.shape;
  const count = queries.shape[1];
  const cells = height * width;
  const flat = tf.reshape(descriptors, [batch, cells, channels]) as tf.Tensor3D;
  const lengths = tf.expandDims(tf.sum(tf.square(flat), 2), 1); // [B, 1, cells]
  const cell = tf.tensor2d(
    [
      Array.from({ length: cells }, (_, k) => k % width),
      Array.from({ length: cells }, (_, k) => Math.floor(k / width)),
    ],
    [2, cells],
  );
  const part = Math.max(1, Math.floor(CHUNK / (cells * batch)));

  const search = (q: tf.Tensor3D, at: tf.Tensor3D): [tf.Tensor3D, tf.Tensor2D] =>
    tf.tidy(() => {
      const partial = tf.sub(lengths, tf.mul(2, tf.matMul(q, flat, false, true))); // [B, n, cells]
      let cost = tf.relu(tf.add(partial, tf.sum(tf.square(q), 2, true)));
      if (Number.isFinite(searchRadius)) {
        const radii = tf.tensor2d(
          [(searchRadius * width) / size.width + 0.5, (searchRadius * height) / size.height + 0.5],
          [2, 1],
        );
        const away = tf.abs(tf.sub(tf.expandDims(toMapCoordinates(at, descriptors, size), 3), cell)); // [B, n, 2, cells]
        const far = tf.any(tf.greater(away, radii), 2);
        cost = tf.add(cost, tf.mul(tf.cast(far, 'float32'), OUTSIDE));
      }
      const best = tf.cast(tf.argMin(cost, 2), 'float32'); // [B, n]
      const row = tf.floor(tf.div(tf.add(best, 0.5), width));
      const found = tf.stack([tf.sub(best, tf.mul(row, width)), row], 2); // [B, n, 2]
      const near = tf.less(tf.max(tf.abs(tf.sub(tf.expandDims(found, 3), cell)), 2), 2.5); // [B, n, cells]
      const second = tf.min(tf.add(cost, tf.mul(tf.cast(near, 'float32'), OUTSIDE)), 2);
      const ratio = tf.div(tf.min(cost, 2), tf.add(second, 1e-12));
      const centres = toImagePoints(found, descriptors, size);
      return [centres as tf.Tensor3D, ratio as tf.Tensor2D];
    });

  if (part >= count) {
    const [centres, ratio] = search(queries, from);
    return { centres, ratio };
  }
  const centres: tf.Tensor3D[] = [];
  const ratios: tf.Tensor2D[] = [];
  for (let at = 0; at < count; at += part) {
    const n = Math.min(part, count - at);
    const [c, r] = search(tf.slice(queries, [0, at, 0], [-1, n, -1]), tf.slice(from, [0, at, 0], [-1, n, -1]));
    centres.push(c);
    ratios.push(r);
  }
  return { centres: tf.concat(centres, 1), ratio: tf.concat(ratios, 1) };
}
