import { detach, matchShape } from '@autodrag/nn';
import * as tf from '@tensorflow/tfjs-core';
import type { CodeStatistics } from './code-statistics.js';

export type RegularizerLossOptions = {
  /**
   * Leading layers that are compared; the others are passed on unchanged and would only dilute the mean.
   * @default 6
   */
  editedLayers?: number;
  /** With statistics the differences count in standard deviations of their channel; without, as they are. */
  statistics?: CodeStatistics;
};

/**
 * The loss of stage 1 (Eq. 6): mean absolute difference of the restored edited layers and the clean ones.
 *
 * @param restored `[B, numWs, wDim]`
 * @param w `[B, numWs, wDim]`, the clean codes
 */
export function regularizerLoss(
  restored: tf.Tensor3D,
  w: tf.Tensor3D,
  { editedLayers = 6, statistics }: RegularizerLossOptions = {},
): tf.Scalar {
  const { wDim } = matchShape(restored.shape, ['B', 'numWs', 'wDim'], 'regularizerLoss: restored') as { wDim: number };
  matchShape(w.shape, restored.shape, 'regularizerLoss: w');
  return tf.tidy(() => {
    const size: [number, number, number] = [w.shape[0], Math.min(editedLayers, w.shape[1]), wDim];
    const difference = tf.abs(tf.sub(tf.slice(restored, [0, 0, 0], size), tf.slice(w, [0, 0, 0], size)));
    return tf.mean(statistics === undefined ? difference : tf.div(difference, detach(statistics.std))) as tf.Scalar;
  });
}
