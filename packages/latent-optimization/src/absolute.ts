import { customGradient } from '@autodrag/nn';
import * as tf from '@tensorflow/tfjs-core';

/** `|x|` with the gradient 0 at 0, as PyTorch has it. That of `tf.abs` is -1 there, and F equals F_0 at the start. */
export function absolute(x: tf.Tensor): tf.Tensor {
  return customGradient<[tf.Tensor], tf.Tensor>(([value], save) => {
    save([value]);
    return { value: tf.abs(value), gradient: (dy, [saved]) => [tf.mul(dy, tf.sign(saved!))] };
  })(x);
}
