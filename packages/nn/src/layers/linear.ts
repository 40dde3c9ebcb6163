import * as tf from '@tensorflow/tfjs-core';
import { customGradient } from '../gradients/custom-gradient.js';
import type { Random } from '../random/random.js';
import { matchShape } from '../shapes/match-shape.js';
import { sumOfRows } from './sum-of-rows.js';

/** `weight [in, out]`, `bias [out]` unless it was created without. */
export type LinearParameters = { readonly weight: tf.Tensor2D; readonly bias?: tf.Tensor1D };

export type CreateLinearOptions = {
  /** @default true */
  bias?: boolean;
  /** Standard deviation of the initial weights. @default 1 / sqrt(inputs) */
  std?: number;
};

/** Parameters of a linear layer: normal weights, zero bias. */
export function createLinear(
  random: Random,
  inputs: number,
  outputs: number,
  { bias = true, std = 1 / Math.sqrt(inputs) }: CreateLinearOptions = {},
): LinearParameters {
  const weight = random.normalTensor([inputs, outputs], std) as tf.Tensor2D;
  return bias ? { weight, bias: tf.zeros([outputs]) as tf.Tensor1D } : { weight };
}

/**
 * `y = x · weight + bias` over the last axis.
 *
 * @param x `[..., in]`
 * @returns `[..., out]`
 * @throws ShapeError if x does not end with `in`
 */
export function linear({ weight, bias }: LinearParameters, x: tf.Tensor): tf.Tensor {
  const [inputs, outputs] = weight.shape;
  matchShape(x.shape, ['...', inputs], 'linear: x');
  return tf.tidy(() => {
    const rows = x.rank === 2 ? (x as tf.Tensor2D) : tf.reshape(x, [-1, inputs]); // [rows, in]
    const y = bias ? affine(rows, weight, bias) : tf.matMul(rows, weight); // [rows, out]
    return x.rank === 2 ? y : tf.reshape(y, [...x.shape.slice(0, -1), outputs]);
  });
}

/** One kernel forward, three products backward. */
const affine = customGradient(([x, weight, bias]: [tf.Tensor, tf.Tensor2D, tf.Tensor1D], save) => {
  save([x, weight]);
  return {
    value: tf.fused.matMul({ a: x, b: weight, bias }),
    gradient: (dy, saved) => {
      const [x, weight] = saved as [tf.Tensor2D, tf.Tensor2D];
      return [tf.matMul(dy, weight, false, true), tf.matMul(x, dy, true, false), sumOfRows(dy as tf.Tensor2D)];
    },
  };
});
