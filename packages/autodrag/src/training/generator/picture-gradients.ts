import * as tf from '@tensorflow/tfjs-core';

/** Differences of neighbours to the right and below: `[N, H, W - 1, C]` and `[N, H - 1, W, C]`. Linear. */
export function pictureGradients(x: tf.Tensor4D): { right: tf.Tensor4D; down: tf.Tensor4D } {
  const [, H, W] = x.shape;
  const columns = (from: number) => tf.slice(x, [0, 0, from, 0], [-1, -1, W - 1, -1]);
  const rows = (from: number) => tf.slice(x, [0, from, 0, 0], [-1, H - 1, -1, -1]);
  return {
    right: tf.sub(columns(1), columns(0)) as tf.Tensor4D,
    down: tf.sub(rows(1), rows(0)) as tf.Tensor4D,
  };
}
