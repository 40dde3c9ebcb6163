import {
  type LatentPredictorConfig,
  longerSide,
  type MotionFieldParameters,
  motionField,
} from '@autodrag/latent-predictor';
import { detach } from '@autodrag/nn';
import * as tf from '@tensorflow/tfjs-core';

/** Places a side of the lattice on which the rest of the picture is watched. */
const lattice = 6;

/**
 * How far the picture moves as a whole: mean length of motion over a lattice of places, in longer sides of the image,
 * mean over the rows that count. What has to move along with a handle costs a little; what moves without need costs as
 * much.
 *
 * @param field constants
 * @param start `[B, editedLayers, wDim]`
 * @param codes `[B, editedLayers, wDim]`, where they have gone
 * @param rows `[B]`: 1 for a row that counts
 */
export function stillnessLoss(
  field: MotionFieldParameters,
  config: LatentPredictorConfig,
  { start, codes, rows }: { start: tf.Tensor3D; codes: tf.Tensor3D; rows: tf.Tensor1D },
): tf.Scalar {
  const [height, width] =
    typeof config.imageResolution === 'number'
      ? [config.imageResolution, config.imageResolution]
      : config.imageResolution;
  return tf.tidy(() => {
    const [B] = start.shape;
    const places = Array.from({ length: lattice * lattice }, (_, i) => [
      (((i % lattice) + 0.5) * width) / lattice - 0.5,
      ((Math.floor(i / lattice) + 0.5) * height) / lattice - 0.5,
    ]);
    const points = tf.tile(tf.tensor3d([places]), [B, 1, 1]) as tf.Tensor3D;
    const moved = motionField(field, config, { start, codes, points });
    const lengths = tf.sqrt(tf.add(tf.sum(tf.square(moved), 2), 1e-4)); // [B, places]
    return overRows(tf.div(tf.mean(lengths, 1), longerSide(config.imageResolution)) as tf.Tensor1D, rows);
  });
}

/** Mean square of a real code's standardised channels that is still usual; twice that of the average code. */
const usual = 2;

/**
 * How far codes are from real ones, where no true code tells: what the regularizer would change in them, mean L1 in
 * standard deviations, and by how much their standardised mean square exceeds what real codes have.
 *
 * @param codes `[B, editedLayers, wDim]`
 * @param restored the same through the regularizer, in which nothing learns here
 * @param statistics of real codes: constants
 */
export function realnessLoss(
  codes: tf.Tensor3D,
  restored: tf.Tensor3D,
  { statistics, rows }: { statistics: { average: tf.Tensor1D; std: tf.Tensor1D }; rows: tf.Tensor1D },
): tf.Scalar {
  return tf.tidy(() => {
    const std = detach(statistics.std);
    const standard = tf.div(tf.sub(codes, detach(statistics.average)), std);
    const beyond = tf.relu(tf.sub(tf.mean(tf.square(standard), [1, 2]), usual));
    const change = tf.mean(tf.abs(tf.div(tf.sub(codes, restored), std)), [1, 2]);
    return overRows(tf.add(beyond, change) as tf.Tensor1D, rows);
  });
}

function overRows(each: tf.Tensor1D, rows: tf.Tensor1D): tf.Scalar {
  return tf.div(tf.sum(tf.mul(each, rows)), tf.maximum(tf.sum(rows), 1)) as tf.Scalar;
}
