import { detach, matchShape } from '@autodrag/nn';
import * as tf from '@tensorflow/tfjs-core';
import type { Resolution } from './config.js';
import { extractPatches } from './extract-patches.js';
import { meanOverPoints } from './mean-over-points.js';

export type DragLossInput = {
  /** `[N, h, w, C]`: F_i, of the true codes w_i; treated as constant */
  before: tf.Tensor4D;
  /** `[N, h, w, C]`: of the predicted codes, one step later */
  after: tf.Tensor4D;
  /** `[N, P, 2]`, (x, y) in image pixels: where each match lies before the step */
  handles: tf.Tensor3D;
  /** `[N, P, 2]`: where it lies after the step */
  targets: tf.Tensor3D;
  /** `[N, P]`: 1 for a match, 0 for padding; by default all are matches */
  pointMask?: tf.Tensor2D;
};

export type DragLossOptions = {
  imageResolution: Resolution;
  /**
   * Side of a patch in feature pixels; odd.
   * @default 7
   */
  patchSize?: number;
  /**
   * Steps of a motion sequence: the loss is summed over steps, but `N` = samples x steps rows come in one batch. Give
   * the n of the sequence also where only some of its steps are in the batch, as an estimate of the sum.
   * @default 1
   */
  steps?: number;
  /** `[C]`: with it, differences count in standard deviations of their channel; without, as they are. */
  std?: tf.Tensor1D;
};

/**
 * The drag loss (Eq. 13): the patch around a match before a step and the patch around where it shall be after it must
 * look alike. L1, mean over channels, pixels of the patch and matches, summed over steps, mean over samples. A row
 * without a match adds nothing.
 */
export function dragLoss(
  { before, after, handles, targets, pointMask }: DragLossInput,
  { imageResolution, patchSize = 7, steps = 1, std }: DragLossOptions,
): tf.Scalar {
  const { N, C } = matchShape(before.shape, ['N', 'h', 'w', 'C'], 'dragLoss: before');
  matchShape(after.shape, before.shape, 'dragLoss: after');
  const { P } = matchShape(handles.shape, [N, 'P', 2], 'dragLoss: handles');
  matchShape(targets.shape, [N, P, 2], 'dragLoss: targets');
  if (pointMask !== undefined) matchShape(pointMask.shape, [N, P], 'dragLoss: pointMask');
  if (std !== undefined) matchShape(std.shape, [C], 'dragLoss: std');
  return tf.tidy(() => {
    const from = detach(extractPatches(before, handles, { imageResolution, patchSize }));
    const to = extractPatches(after, targets, { imageResolution, patchSize });
    let difference = tf.abs(tf.sub(from, to)); // [N, P, patchSize^2, C]
    if (std !== undefined) difference = tf.div(difference, detach(std));
    const each = tf.mean(difference, [2, 3]); // [N, P]
    return tf.mul(meanOverPoints(each, pointMask), steps) as tf.Scalar;
  });
}
