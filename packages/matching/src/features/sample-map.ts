import * as tf from '@tensorflow/tfjs-core';
import type { ImageSize } from '../gms/gms-inliers.js';

/** Image coordinate to map coordinate, half-pixel centres: `(x + 1/2) * w / W - 1/2`. */
export function toMapCoordinate(position: tf.Tensor, mapSize: number, imageSize: number): tf.Tensor {
  const ratio = mapSize / imageSize;
  return tf.add(tf.mul(position, ratio), 0.5 * ratio - 0.5);
}

/** `[B, 1]` offset of each map of the batch in the flattened `[B * h * w]` rows. */
export function batchOffsets(batch: number, cells: number): tf.Tensor2D {
  return tf.tensor2d(
    Int32Array.from({ length: batch }, (_, b) => b * cells),
    [batch, 1],
    'int32',
  );
}

/**
 * Bilinear samples of a map at image points, the border repeated outwards.
 *
 * @param map `[B, h, w, C]`
 * @param points `[B, N, 2]` x, y in image pixels
 * @returns `[B, N, C]`
 */
export function sampleMap(map: tf.Tensor4D, points: tf.Tensor3D, size: ImageSize): tf.Tensor3D {
  const [batch, h, w, channels] = map.shape;
  const count = points.shape[1];
  return tf.tidy(() => {
    const [px, py] = tf.unstack(points, 2) as [tf.Tensor2D, tf.Tensor2D]; // [B, N]
    const u = tf.clipByValue(toMapCoordinate(px, w, size.width), 0, w - 1);
    const v = tf.clipByValue(toMapCoordinate(py, h, size.height), 0, h - 1);
    const u0 = tf.minimum(tf.floor(u), Math.max(0, w - 2));
    const v0 = tf.minimum(tf.floor(v), Math.max(0, h - 2));
    const fu = tf.sub(u, u0);
    const fv = tf.sub(v, v0);
    const stepX = w > 1 ? 1 : 0;
    const stepY = h > 1 ? w : 0;
    const corner = tf.add(tf.add(tf.cast(tf.mul(v0, w), 'int32'), tf.cast(u0, 'int32')), batchOffsets(batch, h * w));
    const indices = tf.concat(
      [0, stepX, stepY, stepX + stepY].map((by) => tf.reshape(tf.add(corner, tf.scalar(by, 'int32')), [-1])),
      0,
    );
    const rows = tf.reshape(tf.gather(tf.reshape(map, [batch * h * w, channels]), indices), [
      4,
      batch,
      count,
      channels,
    ]);
    const gu = tf.sub(1, fu);
    const gv = tf.sub(1, fv);
    const weights = tf.stack([tf.mul(gu, gv), tf.mul(fu, gv), tf.mul(gu, fv), tf.mul(fu, fv)]); // [4, B, N]
    return tf.sum(tf.mul(rows, tf.expandDims(weights, 3)), 0) as tf.Tensor3D;
  });
}
