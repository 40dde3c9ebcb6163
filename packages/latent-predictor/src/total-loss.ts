import * as tf from '@tensorflow/tfjs-core';

export type TotalLossOptions = {
  /** @default 0.1 */
  predictionWeight?: number;
  /** @default 1 */
  dragWeight?: number;
};

/** The loss of stage 2 (Eq. 14): `0.1 * prediction + 1 * drag`. */
export function totalLoss(
  prediction: tf.Scalar,
  drag: tf.Scalar,
  { predictionWeight = 0.1, dragWeight = 1 }: TotalLossOptions = {},
): tf.Scalar {
  return tf.tidy(() => tf.add(tf.mul(prediction, predictionWeight), tf.mul(drag, dragWeight)) as tf.Scalar);
}
