import * as tf from '@tensorflow/tfjs-core';
import { customGradient } from '../gradients/custom-gradient.js';
import { matchShape } from '../shapes/match-shape.js';
import { sumOfRows } from './sum-of-rows.js';

/** `scale [features]`, `offset [features]`. */
export type LayerNormParameters = { readonly scale: tf.Tensor1D; readonly offset: tf.Tensor1D };

export type LayerNormOptions = {
  /** Added to the variance. @default 1e-5 */
  epsilon?: number;
};

/** Parameters of a layer norm: scale 1, offset 0. */
export function createLayerNorm(features: number): LayerNormParameters {
  return { scale: tf.ones([features]) as tf.Tensor1D, offset: tf.zeros([features]) as tf.Tensor1D };
}

/**
 * `(x − mean) / sqrt(variance + epsilon) · scale + offset` over the last axis, Ba et al. 2016. The gradient is written
 * by hand. First order only.
 *
 * @param x `[..., features]`
 * @returns the shape of x
 * @throws ShapeError if x does not end with `features`
 */
export function layerNorm(
  { scale, offset }: LayerNormParameters,
  x: tf.Tensor,
  { epsilon = 1e-5 }: LayerNormOptions = {},
): tf.Tensor {
  const features = scale.shape[0];
  matchShape(x.shape, ['...', features], 'layerNorm: x');
  return tf.tidy(() => {
    const rows = x.rank === 2 ? x : tf.reshape(x, [-1, features]); // [rows, features]
    const y = normalize(epsilon)(rows, scale, offset);
    return x.rank === 2 ? y : tf.reshape(y, x.shape);
  });
}

function normalize(epsilon: number) {
  return customGradient(([x, scale, offset]: [tf.Tensor, tf.Tensor, tf.Tensor], save) => {
    const mean = tf.mean(x, 1, true); // [rows, 1]
    const variance = tf.mean(tf.squaredDifference(x, mean), 1, true); // [rows, 1]
    const inverse = tf.rsqrt(tf.add(variance, epsilon)); // [rows, 1]
    const unit = tf.mul(tf.sub(x, mean), inverse); // [rows, features]
    save([unit, inverse, scale]);
    return {
      value: tf.add(tf.mul(unit, scale), offset),
      // With g = dy · scale: dx = (g − mean(g) − unit · mean(g · unit)) · inverse. Means over features are products with scale / features.
      gradient: (dy, saved) => {
        const [unit, inverse, scale] = saved as [tf.Tensor2D, tf.Tensor2D, tf.Tensor1D];
        const features = scale.shape[0];
        const column = tf.reshape(tf.div(scale, features), [features, 1]) as tf.Tensor2D;
        const correlation = tf.mul(dy, unit) as tf.Tensor2D; // [rows, features]
        const centred = tf.sub(tf.mul(dy, scale), tf.matMul(dy as tf.Tensor2D, column));
        const dx = tf.mul(tf.sub(centred, tf.mul(unit, tf.matMul(correlation, column))), inverse);
        return [dx, sumOfRows(correlation), sumOfRows(dy as tf.Tensor2D)];
      },
    };
  });
}
