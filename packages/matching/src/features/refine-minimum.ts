import * as tf from '@tensorflow/tfjs-core';
import type { ImageSize } from '../gms/gms-inliers.js';
import { batchOffsets } from './sample-map.js';
import type { Lattice } from './window-cost.js';

/**
 * How a position is found between lattice points: the vertex of the parabola through the minimum and its two neighbours
 * on each axis; or the mean of the 3 x 3 points around it weighted by `exp(-(cost - minimum) / t)`, t a tenth of the
 * spread of these costs; or not at all.
 */
export type SubPixel = 'parabola' | 'softmin' | 'none';

/** Far above any cost of normalised features. */
const OUTSIDE = 1e6;

const AROUND_X = [-1, 0, 1, -1, 0, 1, -1, 0, 1];
const AROUND_Y = [-1, -1, -1, 0, 0, 0, 1, 1, 1];

/**
 * The position of the smallest cost on each lattice, refined between its points. Lattice points outside the image are
 * not considered; half a pixel beyond the border still belongs to the border pixel.
 *
 * @param cost `[B, N, L, L]`
 * @param centres `[B, N, 2]` x, y in image pixels
 * @returns `[B, N, 3]`: x, y in image pixels, cost at the lattice point
 */
export function refineMinimum(
  cost: tf.Tensor4D,
  centres: tf.Tensor3D,
  size: ImageSize,
  { radius, step }: Lattice,
  subPixel: SubPixel,
): tf.Tensor3D {
  const [batch, count] = cost.shape;
  const side = 2 * radius + 1;
  return tf.tidy(() => {
    const offsets = tf.mul(tf.range(-radius, radius + 1, 1, 'float32'), step); // [L]
    const at = tf.add(tf.expandDims(centres, 3), offsets); // [B, N, 2, L]
    const limit = tf.tensor2d([size.width - 0.5, size.height - 0.5], [2, 1]);
    const outside = tf.cast(tf.logicalOr(tf.less(at, -0.5), tf.greater(at, limit)), 'float32');
    const [outX, outY] = tf.unstack(outside, 2) as [tf.Tensor3D, tf.Tensor3D]; // [B, N, L]
    const penalty = tf.mul(tf.add(tf.expandDims(outY, 3), tf.expandDims(outX, 2)), OUTSIDE); // [B, N, L, L]
    const allowed = tf.reshape(tf.add(cost, penalty), [batch, count, side * side]);
    const best = tf.cast(tf.argMin(allowed, 2), 'float32'); // [B, N]
    const row = tf.floor(tf.div(tf.add(best, 0.5), side));
    const column = tf.sub(best, tf.mul(row, side));
    const index = tf.stack([column, row], 2); // [B, N, 2]

    // The 3 x 3 costs around the minimum; at the lattice's edge the minimum itself stands in for its neighbour.
    const neighbours = tf.clipByValue(tf.add(tf.expandDims(index, 3), tf.tensor2d([AROUND_X, AROUND_Y])), 0, side - 1);
    const flat = tf.cast(tf.sum(tf.mul(neighbours, tf.tensor2d([1, side], [2, 1])), 2), 'int32'); // [B, N, 9]
    const starts = tf.reshape(batchOffsets(batch * count, side * side, 1), [batch, count, 1]);
    const around = tf.reshape(
      tf.gather(tf.reshape(allowed, [-1]), tf.reshape(tf.cast(tf.add(flat, starts), 'int32'), [-1])),
      [batch, count, 9],
    );
    const middle = tf.slice(around, [0, 0, 4], [-1, -1, 1]); // [B, N, 1]

    let shift: tf.Tensor; // [B, N, 2]
    if (subPixel === 'none') shift = tf.zerosLike(index);
    else {
      // At the edge of the lattice, or beside the outside of the image, there is no second neighbour.
      const interior = tf.logicalAnd(tf.greater(index, 0), tf.less(index, side - 1));
      // Left, up, right, down.
      const cross = tf.gather(around, tf.tensor1d([3, 1, 5, 7], 'int32'), 2);
      const before = tf.slice(cross, [0, 0, 0], [-1, -1, 2]);
      const after = tf.slice(cross, [0, 0, 2], [-1, -1, 2]);
      const valid = tf.cast(tf.logicalAnd(interior, tf.less(tf.maximum(before, after), OUTSIDE / 2)), 'float32');
      if (subPixel === 'parabola') {
        const curvature = tf.add(tf.sub(before, tf.mul(2, middle)), after);
        const vertex = tf.div(tf.mul(0.5, tf.sub(before, after)), tf.add(curvature, 1e-12));
        shift = tf.mul(valid, tf.clipByValue(vertex, -0.5, 0.5));
      } else {
        const inside = tf.cast(tf.less(around, OUTSIDE / 2), 'float32');
        const above = tf.mul(tf.sub(around, middle), inside);
        const spread = tf.add(tf.mul(0.1, tf.max(above, 2, true)), 1e-12);
        const weight = tf.mul(inside, tf.exp(tf.neg(tf.div(above, spread)))); // [B, N, 9]
        const mean = tf.matMul(tf.reshape(weight, [batch * count, 9]), tf.transpose(tf.tensor2d([AROUND_X, AROUND_Y]))); // [B N, 2]
        shift = tf.mul(valid, tf.div(tf.reshape(mean, [batch, count, 2]), tf.sum(weight, 2, true)));
      }
    }
    const position = tf.add(centres, tf.mul(tf.add(tf.sub(index, radius), shift), step));
    const within = tf.minimum(tf.relu(position), tf.tensor1d([size.width - 1, size.height - 1]));
    return tf.concat([within, middle], 2) as tf.Tensor3D;
  });
}
