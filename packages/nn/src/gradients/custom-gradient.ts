import * as tf from '@tensorflow/tfjs-core';

/** The value of a function, and its gradient with respect to each input, given what was saved. */
export type CustomGradient<Value extends tf.Tensor> = {
  value: Value;
  /** One gradient for each input. Never `dy` itself and never one tensor twice: tfjs disposes them singly. */
  gradient: (dy: Value, saved: tf.Tensor[]) => tf.Tensor[];
};

/**
 * `tf.customGrad` with types: an operation whose gradient is written by hand, first order only. Remember that all the
 * inputs' gradients are computed, needed or not.
 *
 * @param define gets the inputs, and `save`, which keeps tensors for the backward pass
 */
export function customGradient<Inputs extends tf.Tensor[], Value extends tf.Tensor>(
  define: (inputs: Inputs, save: (tensors: tf.Tensor[]) => void) => CustomGradient<Value>,
): (...inputs: Inputs) => Value {
  return tf.customGrad<Value>((...args) => {
    const inputs = args.slice(0, -1) as Inputs;
    const save = args.at(-1) as unknown as (tensors: tf.Tensor[]) => void;
    const { value, gradient } = define(inputs, save);
    return { value, gradFunc: (dy: Value, saved: tf.Tensor[]) => gradient(dy, saved) };
  }) as (...inputs: Inputs) => Value;
}
