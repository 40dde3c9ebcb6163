import { InvalidArgumentError, ShapeError } from '@autodrag/nn';
import * as tf from '@tensorflow/tfjs-core';
import { absolute } from './absolute.js';
import type { Size } from './feature-generator.js';
import { enlarging } from './sample-features.js';

/** What must stay: by pixel of the picture, row by row, 1 for fixed and 0 for free, or between. */
export type FixedMask = ArrayLike<number>;

/**
 * How far the fixed part has moved: `mean |(F - F_0) · mask|` over channels and pixels of the picture (Pan et al. 2023,
 * second term of Eq. 4), both maps enlarged to its size.
 *
 * @param features `[1, h, w, C]`
 * @param first `[1, h, w, C]`, of the start; constant
 * @param mask `[height, width, 1]`, 1 for fixed
 */
export function maskLoss(features: tf.Tensor4D, first: tf.Tensor4D, mask: tf.Tensor3D): tf.Scalar {
  const [height, width] = mask.shape;
  return tf.tidy(() => {
    const change = tf.squeeze(tf.sub(features, first), [0]) as tf.Tensor3D; // [h, w, C]
    return tf.mean(absolute(tf.mul(enlarge(change, { height, width }), mask))) as tf.Scalar;
  });
}

/**
 * The mask as a tensor `[height, width, 1]`, the caller's; null where nothing is fixed.
 *
 * @throws ShapeError if it has not one number for each pixel; InvalidArgumentError if one is not in 0 … 1
 */
export function maskTensor(mask: FixedMask | undefined, { height, width }: Size, where: string): tf.Tensor3D | null {
  if (mask === undefined) return null;
  if (mask?.length !== height * width) {
    throw new ShapeError(
      `${where}: mask: expected ${height * width} numbers, one for each pixel, got ${mask?.length ?? String(mask)}`,
    );
  }
  let any = false;
  for (let i = 0; i < mask.length; i++) {
    const value = mask[i]!;
    if (!(value >= 0 && value <= 1)) {
      throw new InvalidArgumentError(
        `${where}: mask: expected numbers from 0 (free) to 1 (fixed), got ${value} for pixel (${i % width}, ${Math.floor(i / width)}). Divide a picture's bytes by 255.`,
      );
    }
    any ||= value > 0;
  }
  return any ? tf.tensor3d(Float32Array.from(mask), [height, width, 1]) : null;
}

/** Bilinear, half-pixel centres, by a matrix for each axis: differentiable on every backend. */
function enlarge(map: tf.Tensor3D, { height, width }: Size): tf.Tensor3D {
  const [rows, columns, channels] = map.shape;
  if (rows === height && columns === width) return map;
  const tall = tf.reshape(tf.matMul(enlarging(height, rows), tf.reshape(map, [rows, columns * channels])), [
    height,
    columns,
    channels,
  ]);
  const across = tf.reshape(tf.transpose(tall, [1, 0, 2]), [columns, height * channels]);
  const wide = tf.reshape(tf.matMul(enlarging(width, columns), across), [width, height, channels]);
  return tf.transpose(wide, [1, 0, 2]) as tf.Tensor3D;
}
