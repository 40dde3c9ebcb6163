import * as tf from '@tensorflow/tfjs';
import type { Work } from '../compare.js';
import { type Draw, type Input, mulberry32 } from '../draw.js';

/** One drawn case: what to run on both backends. */
export type Case = {
  describe: string;
  work: Work;
  /** What the cpu backend is to run in place of `work`, where its own kernels are wrong. */
  reference?: Work;
  /** Largest difference, relative to the expected value (at least 1); none by default. */
  tolerance?: number;
  /** Whether -0 is to stay -0, as where elements are only moved. */
  signed?: boolean;
};
export type Operation = (draw: Draw) => Case;

/** What sums of products of whole numbers may differ by. */
export const rounding = 2e-5;

/** The value of `f` and its gradients for a given upstream gradient of whole numbers. */
export function withGradients(f: (...inputs: tf.Tensor[]) => tf.Tensor, inputs: Input[], seed: number): Work {
  return () => {
    const tensors = inputs.map((input) => input());
    const value = f(...tensors);
    return [value, ...tf.grads(f)(tensors, upstream(value.shape, seed))];
  };
}

/** An upstream gradient of whole numbers. */
export function upstream(shape: number[], seed: number): tf.Tensor {
  const random = mulberry32(seed);
  const size = shape.reduce((product, length) => product * length, 1);
  return tf.tensor(
    Float32Array.from({ length: size }, () => Math.round(random() * 6) - 3),
    shape,
  );
}

/** What is exact for whole numbers, with its gradient. */
export const exact = new Set(
  'abs ceil floor neg relu relu6 round sign step add sub mul maximum minimum sum max min equal notEqual less lessEqual greater greaterEqual'.split(
    ' ',
  ),
);
