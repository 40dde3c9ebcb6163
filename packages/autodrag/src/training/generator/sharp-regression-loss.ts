import * as tf from '@tensorflow/tfjs-core';
import { laplacianPyramid } from './laplacian-pyramid.js';
import { pictureGradients } from './picture-gradients.js';

/** Scales of the pyramid, and what each counts: the two finest are small in numbers and are what looks sharp. */
const levelWeights = [2, 2, 1, 1] as const;
const gradientWeight = 0.5;

/**
 * How far a picture is from the one it should be: L1 of colours, of the Laplacian pyramid with its two finest levels
 * doubled, and half of the gradients', all weighted pixel by pixel.
 *
 * @param image `[N, H, W, 3]`, H and W multiples of 8
 * @param target `[N, H, W, 3]`
 * @param weight `[N, H, W, 1]`
 */
export function sharpRegressionLoss(image: tf.Tensor4D, target: tf.Tensor4D, weight: tf.Tensor4D): tf.Scalar {
  return tf.tidy(() => {
    const difference = tf.sub(image, target) as tf.Tensor4D;
    const mean = (x: tf.Tensor, w: tf.Tensor) => tf.mean(tf.mul(tf.abs(x), w)) as tf.Scalar;
    let total = mean(difference, weight);
    let levelWeight = weight;
    laplacianPyramid(difference, levelWeights.length).forEach((level, i) => {
      if (i > 0) levelWeight = tf.avgPool(levelWeight, 2, 2, 'valid');
      total = tf.add(total, tf.mul(mean(level, levelWeight), levelWeights[i]!));
    });
    const { right, down } = pictureGradients(difference);
    const [, H, W] = weight.shape;
    const across = mean(right, tf.slice(weight, [0, 0, 0, 0], [-1, -1, W - 1, -1]));
    const along = mean(down, tf.slice(weight, [0, 0, 0, 0], [-1, H - 1, -1, -1]));
    return tf.add(total, tf.mul(tf.add(across, along), gradientWeight));
  });
}
