import * as tf from '@tensorflow/tfjs-core';
import { UPSAMPLE_PHASES } from './upsample-image.js';

/**
 * The same filter as `upsampleImage`, for many channels: depthwise, four phases a channel. `[N, H, W, C]` to `[N, 2·H,
 * 2·W, C]`.
 */
export function upsampleFeatures(x: tf.Tensor4D): tf.Tensor4D {
  const [n, h, w, channels] = x.shape;
  return tf.tidy(() => {
    const values = UPSAMPLE_PHASES[0].flatMap((_, a) =>
      UPSAMPLE_PHASES[0].flatMap((_, b) =>
        UPSAMPLE_PHASES.flatMap((rows) => UPSAMPLE_PHASES.map((columns) => rows[a]! * columns[b]!)),
      ),
    );
    const weight = tf.tile(tf.tensor4d(values, [3, 3, 1, 4]), [1, 1, channels, 1]);
    const phases = tf.reshape(tf.depthwiseConv2d(x, weight as tf.Tensor4D, 1, 'same'), [n * h, w, channels, 2, 2]);
    return tf.reshape(tf.transpose(phases, [0, 3, 1, 4, 2]), [n, 2 * h, 2 * w, channels]);
  });
}
