import { detach } from '@autodrag/nn';
import {
  expectedLandmarks,
  type LandmarkDetectorParameters,
  type LandmarkFeatures,
  landmarkFeatures,
} from '@autodrag/rendered-domain/detector';
import * as tf from '@tensorflow/tfjs-core';

/**
 * Distance of two pictures in the eyes of a landmark detector: L1 of its features at a half, a quarter and an eighth of
 * the side, each in units of the target's own mean feature. The deeper ones see the picture through a few pixels of
 * blur in place but not in kind: an eye is an eye or it is not.
 *
 * @param target features of the picture that it should be; constants
 */
export function featureLoss(
  detector: LandmarkDetectorParameters,
  image: tf.Tensor4D,
  target: LandmarkFeatures,
): tf.Scalar {
  return tf.tidy(() => {
    const features = landmarkFeatures(detector, image).slice(0, 3);
    const distances = features.map((x, i) =>
      tf.div(tf.mean(tf.abs(tf.sub(x, target[i]!))), tf.add(tf.mean(tf.abs(target[i]!)), 1e-6)),
    );
    return tf.addN(distances) as tf.Scalar;
  });
}

/**
 * What the detector itself learns from: how far it sees landmarks from where they are, in pixels, weighted.
 *
 * @param features of renders, from `landmarkFeatures`
 * @param points `[N, L, 2]`, in pixels of a picture with a side of `resolution`
 * @param weight `[N, L]`, 0 where a landmark does not count
 */
export function landmarkLoss(
  detector: LandmarkDetectorParameters,
  features: LandmarkFeatures,
  { points, weight, resolution }: { points: tf.Tensor3D; weight: tf.Tensor2D; resolution: number },
): tf.Scalar {
  return tf.tidy(() => {
    const error = tf.sum(tf.abs(tf.sub(expectedLandmarks(detector, features, resolution), points)), 2);
    return tf.div(tf.sum(tf.mul(error, weight)), tf.add(tf.sum(weight), 1e-6)) as tf.Scalar;
  });
}

/** The same features as constants. */
export function detachFeatures(features: LandmarkFeatures): LandmarkFeatures {
  return features.map((x) => detach(x)) as LandmarkFeatures;
}
