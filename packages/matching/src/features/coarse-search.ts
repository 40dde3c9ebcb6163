import * as tf from '@tensorflow/tfjs-core';
import type { ImageSize } from '../gms/gms-inliers.js';
import { toMapCoordinate } from './sample-map.js';

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
 * The descriptors of an image on the coarse grid.
 *
 * @param maps `[B, h, w, C]` each
 * @param weights of the maps' squared distances
 * @returns `[B, height, width, sum of C]`
 */
export function coarseDescriptors(
  maps: readonly tf.Tensor4D[],
  weights: readonly number[],
  grid: CoarseGrid,
  cosine: boolean,
): tf.Tensor4D {
  return tf.tidy(() => {
    const parts = maps.map((map, m) => {
      const small = onGrid(map, grid);
      const gain = Math.sqrt(weights[m]!);
      if (!cosine) return tf.mul(small, gain) as tf.Tensor4D;
      const norm = tf.rsqrt(tf.add(tf.sum(tf.square(small), 3, true), 1e-12));
      return tf.mul(small, tf.mul(norm, gain)) as tf.Tensor4D;
    });
    return parts.length === 1 ? tf.clone(parts[0]!) : (tf.concat(parts, 3) as tf.Tensor4D);
  });
}

/**
 * The nearest cell of a coarse grid for every query, by `|a|^2 + |b|^2 - 2 a . b` in one matrix product a chunk, and how
 * near the nearest other place is (more than two cells away).
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
  const columns = tf.tensor1d(Float32Array.from({ length: cells }, (_, k) => k % width));
  const rows = tf.tensor1d(Float32Array.from({ length: cells }, (_, k) => Math.floor(k / width)));
  const part = Math.max(1, Math.floor(CHUNK / (cells * batch)));

  const search = (q: tf.Tensor3D, at: tf.Tensor3D): [tf.Tensor3D, tf.Tensor2D] =>
    tf.tidy(() => {
      const partial = tf.sub(lengths, tf.mul(2, tf.matMul(q, flat, false, true))); // [B, n, cells]
      let cost = tf.relu(tf.add(partial, tf.sum(tf.square(q), 2, true)));
      if (Number.isFinite(searchRadius)) {
        const [x, y] = tf.unstack(at, 2) as [tf.Tensor2D, tf.Tensor2D];
        const far = (position: tf.Tensor2D, cell: tf.Tensor1D, extent: number, image: number) =>
          tf.greater(
            tf.abs(tf.sub(tf.expandDims(toMapCoordinate(position, extent, image), 2), cell)),
            (searchRadius * extent) / image + 0.5,
          );
        const outside = tf.logicalOr(far(x, columns, width, size.width), far(y, rows, height, size.height));
        cost = tf.add(cost, tf.mul(tf.cast(outside, 'float32'), OUTSIDE));
      }
      const best = tf.cast(tf.argMin(cost, 2), 'float32'); // [B, n]
      const row = tf.floor(tf.div(tf.add(best, 0.5), width));
      const column = tf.sub(best, tf.mul(row, width));
      const near = tf.logicalAnd(
        tf.less(tf.abs(tf.sub(columns, tf.expandDims(column, 2))), 2.5),
        tf.less(tf.abs(tf.sub(rows, tf.expandDims(row, 2))), 2.5),
      );
      const second = tf.min(tf.add(cost, tf.mul(tf.cast(near, 'float32'), OUTSIDE)), 2);
      const ratio = tf.div(tf.min(cost, 2), tf.add(second, 1e-12));
      const centre = (cell: tf.Tensor, extent: number, image: number) =>
        tf.sub(tf.mul(tf.add(cell, 0.5), image / extent), 0.5);
      const centres = tf.stack([centre(column, width, size.width), centre(row, height, size.height)], 2);
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
