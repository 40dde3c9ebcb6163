import * as tf from '@tensorflow/tfjs-core';

export type TotalLossTerms = {
  /** Eq. 12 */
  prediction: tf.Scalar;
  /** Eq. 13 */
  drag?: tf.Scalar;
  /** The distance from where handles end to where they should; not in the paper. */
  displacement?: tf.Scalar;
};

export type TotalLossOptions = {
  /** @default 0.1 */
  predictionWeight?: number;
  /** @default 1 */
  dragWeight?: number;
  /** @default 1 */
  displacementWeight?: number;
};

/**
 * The loss of stage 2: `0.1 * prediction + 1 * drag` (Eq. 14), and the displacement beside them; those that are there.
 */
export function totalLoss(
  { prediction, drag, displacement }: TotalLossTerms,
  { predictionWeight = 0.1, dragWeight = 1, displacementWeight = 1 }: TotalLossOptions = {},
): tf.Scalar {
  return tf.tidy(() => {
    let total: tf.Tensor = tf.mul(prediction, predictionWeight);
    if (drag) total = tf.add(total, tf.mul(drag, dragWeight));
    if (displacement) total = tf.add(total, tf.mul(displacement, displacementWeight));
    return total as tf.Scalar;
  });
}
