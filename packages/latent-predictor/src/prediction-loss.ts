import { detach, matchShape } from '@autodrag/nn';
import * as tf from '@tensorflow/tfjs-core';

export type PredictionLossOptions = {
  /** `[B, n]`: 1 for a step that counts; by default all do. */
  stepMask?: tf.Tensor2D;
  /** `[wDim]`: with it, differences count in standard deviations of their channel; without, as they are. */
  std?: tf.Tensor1D;
};

/**
 * Mean absolute difference of predicted and true codes (Eq. 12).
 *
 * @param predicted `[B, n, editedLayers, wDim]`, the predictions of w_1 … w_n
 * @param truth `[B, n, editedLayers, wDim]`
 */
export function predictionLoss(
  predicted: tf.Tensor4D,
  truth: tf.Tensor4D,
  { stepMask, std }: PredictionLossOptions = {},
): tf.Scalar {
  const { B, n, wDim } = matchShape(predicted.shape, ['B', 'n', 'E', 'wDim'], 'predictionLoss: predicted');
  matchShape(truth.shape, predicted.shape, 'predictionLoss: truth');
  if (stepMask !== undefined) matchShape(stepMask.shape, [B, n], 'predictionLoss: stepMask');
  if (std !== undefined) matchShape(std.shape, [wDim], 'predictionLoss: std');
  return tf.tidy(() => {
    let difference = tf.abs(tf.sub(predicted, truth));
    // The unit is no part of what is learned: stretching it would lower the loss best of all.
    if (std !== undefined) difference = tf.div(difference, detach(std));
    if (stepMask === undefined) return tf.mean(difference) as tf.Scalar;
    const each = tf.mean(difference, [2, 3]); // [B, n]
    return tf.div(tf.sum(tf.mul(each, stepMask)), tf.maximum(tf.sum(stepMask), 1)) as tf.Scalar;
  });
}
