import { InvalidArgumentError, matchShape } from '@autodrag/nn';
import * as tf from '@tensorflow/tfjs-core';

export type FeatureStepOptions = {
  /** Feature pixels apart. @default 3 */
  distance?: number;
};

/**
 * How much features change over a distance: the mean of `|F(p) - F(p + d)|` over channels, places and maps, along rows
 * and columns. The scale of a generator's features, in the terms in which FreeDrag's l is one: the difference that it
 * expects between a template and a place up to d feature pixels away.
 *
 * @param features `[N, h, w, C]`, of some dozen codes for a figure of the model, of one for a figure of its picture
 */
export function featureStep(features: tf.Tensor4D, { distance = 3 }: FeatureStepOptions = {}): tf.Scalar {
  const { N, h, w, C } = matchShape(features.shape, ['N', 'h', 'w', 'C'], 'featureStep: features');
  const d = Math.round(distance);
  if (!(d >= 1 && d < h && d < w)) {
    throw new InvalidArgumentError(
      `featureStep: distance: expected from 1 to ${Math.min(h, w) - 1} feature pixels, got ${distance}`,
    );
  }
  return tf.tidy(() => {
    const down = tf.sub(
      tf.slice(features, [0, d, 0, 0], [N, h - d, w, C]),
      tf.slice(features, [0, 0, 0, 0], [N, h - d, w, C]),
    );
    const right = tf.sub(
      tf.slice(features, [0, 0, d, 0], [N, h, w - d, C]),
      tf.slice(features, [0, 0, 0, 0], [N, h, w - d, C]),
    );
    return tf.mul(tf.add(tf.mean(tf.abs(down)), tf.mean(tf.abs(right))), 0.5) as tf.Scalar;
  });
}
