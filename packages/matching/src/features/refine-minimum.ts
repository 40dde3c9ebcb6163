import * as tf from '@tensorflow/tfjs-core';
import type { ImageSize } from '../gms/gms-inliers.js';
import { batchOffsets } from './sample-map.js';
import type { Lattice } from './window-cost.js';

/**
 * How a position is found between lattice points: the vertex of the parabola through the minimum and its two neighbours
 * on each axis, the mean of the 3 x 3 points around it weighted by `exp(-(cost - minimum) / temperature)` with the
 * temperature at a tenth of the 3 x 3 costs' spread, or not at all.
 */
export type SubPixel = 'parabola' | 'softmin' | 'none';

/** Far above any cost; still exact to add and subtract in float32 arithmetic of a 3 x 3 neighbourhood. */
const OUTSIDE = 1e6;

/**
 * The position of the smallest cost on each lattice, refined between its points.
 *
 * Lattice points outside the image, or farther than `radius * step` from the centre by `maxDistance`, are not considered.
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
    const [cx, cy] = tf.unstack(centres, 2) as [tf.Tensor2D, tf.Tensor2D];
    const outside = (centre: tf.Tensor2D, extent: number) => {
      const at = tf.add(tf.expandDims(centre, 2), offsets); // [B, N, L]
      // Half a pixel beyond the border belongs to the border pixel.
      return tf.cast(tf.logicalOr(tf.less(at, -0.5), tf.greater(at, extent - 0.5)), 'float32');
    };
    const out = tf.add(tf.expandDims(outside(cy, size.height), 3), tf.expandDims(outside(cx, size.width), 2)); // [B, N, L, L]
    const allowed = tf.reshape(tf.add(cost, tf.mul(out, OUTSIDE)), [batch, count, side * side]);
    const best = tf.argMin(allowed, 2); // [B, N] int32
    const bestFloat = tf.cast(best, 'float32');
    const row = tf.floor(tf.div(tf.add(bestFloat, 0.5), side));
    const column = tf.sub(bestFloat, tf.mul(row, side));

    // The 3 x 3 costs around the minimum; at the lattice's edge the minimum itself stands in for its neighbour.
    const clamp = (value: tf.Tensor, by: number) => tf.clipByValue(tf.add(value, by), 0, side - 1);
    const indices: tf.Tensor[] = [];
    for (let dy = -1; dy <= 1; dy++) {
      for (let dx = -1; dx <= 1; dx++) {
        indices.push(tf.add(tf.mul(clamp(row, dy), side), clamp(column, dx)));
      }
    }
    const flat = tf.add(
      tf.cast(tf.stack(indices, 2), 'int32'),
      tf.reshape(batchOffsets(batch * count, side * side), [batch, count, 1]),
    ); // [B, N, 9]
    const around = tf.reshape(tf.gather(tf.reshape(allowed, [-1]), tf.reshape(flat, [-1])), [batch, count, 9]);
    const c = tf.unstack(around, 2) as tf.Tensor2D[];
    const middle = c[4]!;

    let dx: tf.Tensor;
    let dy: tf.Tensor;
    if (subPixel === 'none') {
      dx = tf.zerosLike(middle);
      dy = tf.zerosLike(middle);
    } else if (subPixel === 'parabola') {
      const vertex = (before: tf.Tensor, after: tf.Tensor, position: tf.Tensor) => {
        const curvature = tf.add(tf.sub(before, tf.mul(2, middle)), after);
        const shift = tf.div(tf.mul(0.5, tf.sub(before, after)), tf.add(curvature, 1e-12));
        // At the edge of the lattice, or beside the outside of the image, there is no second neighbour.
        const interior = tf.mul(
          tf.cast(tf.logicalAnd(tf.greater(position, 0), tf.less(position, side - 1)), 'float32'),
          tf.cast(tf.less(tf.maximum(before, after), OUTSIDE / 2), 'float32'),
        );
        return tf.mul(interior, tf.clipByValue(shift, -0.5, 0.5));
      };
      dx = vertex(c[3]!, c[5]!, column);
      dy = vertex(c[1]!, c[7]!, row);
    } else {
      const spread = tf.sub(
        tf.max(tf.where(tf.less(around, OUTSIDE / 2), around, tf.zerosLike(around)), 2, true),
        tf.expandDims(middle, 2),
      );
      const weight = tf.exp(
        tf.neg(tf.div(tf.sub(around, tf.expandDims(middle, 2)), tf.add(tf.mul(0.1, tf.relu(spread)), 1e-12))),
      ); // [B, N, 9]
      const total = tf.sum(weight, 2);
      const xs = tf.tensor1d([-1, 0, 1, -1, 0, 1, -1, 0, 1]);
      const ys = tf.tensor1d([-1, -1, -1, 0, 0, 0, 1, 1, 1]);
      const insideX = tf.cast(tf.logicalAnd(tf.greater(column, 0), tf.less(column, side - 1)), 'float32');
      const insideY = tf.cast(tf.logicalAnd(tf.greater(row, 0), tf.less(row, side - 1)), 'float32');
      dx = tf.mul(insideX, tf.div(tf.sum(tf.mul(weight, xs), 2), total));
      dy = tf.mul(insideY, tf.div(tf.sum(tf.mul(weight, ys), 2), total));
    }
    const position = (centre: tf.Tensor2D, index: tf.Tensor, shift: tf.Tensor, extent: number) =>
      tf.clipByValue(tf.add(centre, tf.mul(tf.add(tf.sub(index, radius), shift), step)), 0, extent - 1);
    return tf.stack(
      [position(cx, column, dx, size.width), position(cy, row, dy, size.height), middle],
      2,
    ) as tf.Tensor3D;
  });
}
