import * as tf from '@tensorflow/tfjs-core';
import { TAPS } from '../ops/filter-up.js';
import type { ToRgbParameters } from '../parameters.js';
import type { TensorFlowOps } from './node-backend.js';

/**
 * Features to colours, a 1×1 convolution of one picture whose weight takes the style.
 *
 * @param x `[1, H, W, I]`
 * @param style `[1, I]`
 * @returns `[1, H, W, imageChannels]`
 */
export function coloursOf(
  ops: TensorFlowOps,
  { weight, bias }: ToRgbParameters,
  x: tf.Tensor4D,
  style: tf.Tensor2D,
): tf.Tensor4D {
  return tf.tidy(() => ops.addBias(ops.convolve(x, ops.multiply(weight, tf.reshape(style, [-1, 1]))), bias));
}

const filters = new Map<number, Float32Array>();

/** `upsampleImage` as one transposed convolution. `[N, H, W, C]` to `[N, 2·H, 2·W, C]`. */
export function upsampledColours(ops: TensorFlowOps, x: tf.Tensor4D): tf.Tensor4D {
  const [n, height, width, channels] = x.shape;
  let values = filters.get(channels);
  if (!values) {
    values = new Float32Array(16 * channels * channels);
    TAPS.forEach((a, i) => {
      TAPS.forEach((b, j) => {
        for (let c = 0; c < channels; c++) values![((4 * i + j) * channels + c) * channels + c] = a * b;
      });
    });
    filters.set(channels, values);
  }
  return tf.tidy(() => {
    const weight = tf.tensor4d(values, [4, 4, channels, channels]);
    return ops.convolveTransposed(x, weight, tf.tensor1d([n, 2 * height, 2 * width, channels], 'int32'), 'SAME');
  });
}
