import * as tf from '@tensorflow/tfjs-core';
import type { ImageSize } from '../gms/gms-inliers.js';
import { type FeatureLevel, normaliseFeatures, unitVectors } from './prepare-maps.js';
import { sampleMap } from './sample-map.js';

/**
 * How firmly the features around a point hold it in place: the smaller eigenvalue of the structure tensor of image A's
 * normalised features, averaged over 3x3 cells (Shi and Tomasi 1994, on features in place of grey values). It is about
 * how much the cost of a match rises with the square of a step in the worst direction: near 0 in flat places and along
 * edges, where a match can slide unseen. Call it in a tidy.
 *
 * @param points `[B, N, 2]` image pixels
 * @returns `[B, N]`, per square pixel of the image
 */
export function distinctiveness(
  levels: readonly FeatureLevel[],
  points: tf.Tensor3D,
  size: ImageSize,
  cosine: boolean,
): tf.Tensor2D {
  const responses = levels.map((level) => {
    const [batch, height, width, channels] = level.a.shape;
    const rows = normaliseFeatures(tf.reshape(level.a, [batch, height * width, channels]), level);
    const map = tf.reshape(cosine ? unitVectors(rows) : rows, level.a.shape) as tf.Tensor4D;
    const gx = slope(map, 2, size.width / width);
    const gy = slope(map, 1, size.height / height);
    const around = (a: tf.Tensor4D, b: tf.Tensor4D) =>
      tf.avgPool(tf.sum(tf.mul(a, b), 3, true) as tf.Tensor4D, 3, 1, 'same');
    const [xx, xy, yy] = [around(gx, gx), around(gx, gy), around(gy, gy)];
    const half = tf.mul(tf.add(xx, yy), 0.5);
    const spread = tf.sqrt(tf.add(tf.square(tf.mul(tf.sub(xx, yy), 0.5)), tf.square(xy)));
    return tf.mul(sampleMap(tf.relu(tf.sub(half, spread)) as tf.Tensor4D, points, size), level.weight);
  });
  return tf.squeeze(tf.addN(responses), [2]) as tf.Tensor2D;
}

/** Central differences along an axis, one-sided at the border, per image pixel. */
function slope(map: tf.Tensor4D, axis: 1 | 2, cell: number): tf.Tensor4D {
  const length = map.shape[axis];
  if (length < 2) return tf.zerosLike(map);
  const part = (from: number, count: number): tf.Tensor4D => {
    const begin = [0, 0, 0, 0];
    const extent = [-1, -1, -1, -1];
    begin[axis] = from;
    extent[axis] = count;
    return tf.slice(map, begin, extent) as tf.Tensor4D;
  };
  const inner = tf.mul(tf.sub(part(2, length - 2), part(0, length - 2)), 0.5);
  const first = tf.sub(part(1, 1), part(0, 1));
  const last = tf.sub(part(length - 1, 1), part(length - 2, 1));
  const all = length > 2 ? [first, inner, last] : [first, last];
  return tf.div(tf.concat(all, axis), cell) as tf.Tensor4D;
}
