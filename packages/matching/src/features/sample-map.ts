import * as tf from '@tensorflow/tfjs-core';
import type { ImageSize } from '../gms/gms-inliers.js';

/** Width and height as a tensor `[2]`, in the order of a point's x and y. */
export const extents = (map: tf.Tensor4D) => [map.shape[2], map.shape[1]] as const;

/** Image points to map coordinates, half-pixel centres: `(x + 1/2) * w / W - 1/2`. `[..., 2]` to `[..., 2]`. */
export function toMapCoordinates(points: tf.Tensor, map: tf.Tensor4D, size: ImageSize): tf.Tensor {
  const [w, h] = extents(map);
  const ratio = tf.tensor1d([w / size.width, h / size.height]);
  return tf.sub(tf.mul(tf.add(points, 0.5), ratio), 0.5);
}

/** Map coordinates to image points. */
export function toImagePoints(coordinates: tf.Tensor, map: tf.Tensor4D, size: ImageSize): tf.Tensor {
  const [w, h] = extents(map);
  const ratio = tf.tensor1d([size.width / w, size.height / h]);
  return tf.sub(tf.mul(tf.add(coordinates, 0.5), ratio), 0.5);
}

/** Offset of each map of the batch in the flattened `[B * h * w]` rows, `[B, 1, ...]` of the given rank. */
export function batchOffsets(batch: number, cells: number, rank: number): tf.Tensor {
  const offsets = Int32Array.from({ length: batch }, (_, b) => b * cells);
  return tf.tensor(offsets, [batch, ...new Array<number>(rank - 1).fill(1)], 'int32');
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
    const last = tf.tensor1d([w - 1, h - 1]);
    const at = tf.minimum(tf.relu(toMapCoordinates(points, map, size)), last); // [B, N, 2]
    const first = tf.minimum(tf.floor(at), tf.tensor1d([Math.max(0, w - 2), Math.max(0, h - 2)]));
    const [fx, fy] = tf.unstack(tf.expandDims(tf.sub(at, first), 3), 2) as [tf.Tensor3D, tf.Tensor3D]; // [B, N, 1]
    const corner = tf.sum(tf.mul(tf.cast(first, 'int32'), tf.tensor1d([1, w], 'int32')), 2, true); // [B, N, 1]
    const right = w > 1 ? 1 : 0;
    const down = h > 1 ? w : 0;
    const offsets = tf.add(batchOffsets(batch, h * w, 3), tf.tensor1d([0, right, down, right + down], 'int32'));
    const indices = tf.cast(tf.add(corner, offsets), 'int32'); // [B, N, 4]
    const rows = tf.reshape(tf.gather(tf.reshape(map, [batch * h * w, channels]), tf.reshape(indices, [-1])), [
      batch,
      count,
      4,
      channels,
    ]);
    const gx = tf.sub(1, fx);
    const gy = tf.sub(1, fy);
    const weights = tf.mul(tf.concat([gx, fx, gx, fx], 2), tf.concat([gy, gy, fy, fy], 2)); // [B, N, 4]
    return tf.sum(tf.mul(rows, tf.expandDims(weights, 3)), 2) as tf.Tensor3D;
  });
}
