import { matchShape } from '@autodrag/nn';
import * as tf from '@tensorflow/tfjs-core';
import { longerSide, type Resolution } from './config.js';
import { meanOverPoints } from './mean-over-points.js';

export type DisplacementLossOptions = {
  imageResolution: Resolution;
  /** `[B, P]`: 1 for a point, 0 for padding; by default all are points */
  pointMask?: tf.Tensor2D;
};

/**
 * How far from where they should be points end: L1, summed over x and y, in longer sides of the image; mean over the
 * points of a row, then over rows. A row without a point adds nothing.
 *
 * @param moved `[B, P, 2]`, by how much points have moved, in image pixels
 * @param wanted `[B, P, 2]`, by how much they should have
 */
export function displacementLoss(
  moved: tf.Tensor3D,
  wanted: tf.Tensor3D,
  { imageResolution, pointMask }: DisplacementLossOptions,
): tf.Scalar {
  const { B, P } = matchShape(moved.shape, ['B', 'P', 2], 'displacementLoss: moved');
  matchShape(wanted.shape, moved.shape, 'displacementLoss: wanted');
  if (pointMask !== undefined) matchShape(pointMask.shape, [B, P], 'displacementLoss: pointMask');
  return tf.tidy(() => {
    const each = tf.sum(tf.abs(tf.sub(moved, wanted)), 2); // [B, P]
    return tf.div(meanOverPoints(each, pointMask), longerSide(imageResolution)) as tf.Scalar;
  });
}
