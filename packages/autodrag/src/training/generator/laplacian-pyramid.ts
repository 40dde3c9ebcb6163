import * as tf from '@tensorflow/tfjs-core';

/**
 * What every scale adds to a picture: level i is the picture at 1/2^i of its size without what its own halved version
 * knows, and the last level is what is left. Halving averages 2x2 pixels and doubling repeats them, so the sum of all
 * levels, doubled back, is the picture. Linear, so the pyramid of a difference is the difference of the pyramids.
 *
 * @param x `[N, H, W, C]`, H and W multiples of `2^(levels - 1)`
 * @returns `levels` tensors, the finest first: `[N, H / 2^i, W / 2^i, C]`
 */
export function laplacianPyramid(x: tf.Tensor4D, levels: number): tf.Tensor4D[] {
  const pyramid: tf.Tensor4D[] = [];
  let rest = x;
  for (let i = 0; i < levels - 1; i++) {
    const half = tf.avgPool(rest, 2, 2, 'valid');
    pyramid.push(tf.sub(rest, repeatPixels(half)) as tf.Tensor4D);
    rest = half;
  }
  return [...pyramid, rest];
}

/**
 * Every pixel four times: `[N, H, W, C]` → `[N, 2H, 2W, C]`, by concatenation because its gradient exists on every
 * backend.
 */
export function repeatPixels(x: tf.Tensor4D): tf.Tensor4D {
  const [N, H, W, C] = x.shape;
  const wide = tf.reshape(tf.concat([x, x], 3), [N, H, 1, 2 * W * C]);
  return tf.reshape(tf.concat([wide, wide], 2), [N, 2 * H, 2 * W, C]);
}
