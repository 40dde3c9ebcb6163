import * as tf from '@tensorflow/tfjs-core';

/**
 * Four phases to double resolution: `out[n, 2h + p, 2w + q, c] = x[n, h, w, (2p + q) · C + c]`.
 * One transpose of rank 4 whose innermost rows stay together; unlike the kernel of this name it has a gradient
 * everywhere.
 *
 * @param x `[N, H, W, 4·C]`
 * @returns `[N, 2·H, 2·W, C]`
 */
export function depthToSpace(x: tf.Tensor4D): tf.Tensor4D {
  const [n, h, w, c] = x.shape;
  const rows = tf.reshape(x, [n * h, w, 2, c / 2]); // [N·H, W, p, (q, C)]
  return tf.reshape(tf.transpose(rows, [0, 2, 1, 3]), [n, 2 * h, 2 * w, c / 4]);
}
