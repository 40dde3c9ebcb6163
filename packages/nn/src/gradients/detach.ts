import * as tf from '@tensorflow/tfjs-core';

/** `x` itself in value, a constant to differentiation. */
export function detach<T extends tf.Tensor>(x: T): T {
  return tf.customGrad((value) => ({
    value: tf.clone(value as tf.Tensor),
    gradFunc: (dy: tf.Tensor) => tf.zerosLike(dy),
  }))(x) as T;
}
