import * as tf from '@tensorflow/tfjs';
import { expect, test } from 'vitest';
import { expectClose } from '../testing/index.js';
import { detach } from './detach.js';

test('the same value, a constant to gradients', () => {
  const x = tf.tensor1d([2, 3]);
  expectClose(detach(x), [2, 3], 0);
  const gradient = tf.grad((v: tf.Tensor) => tf.mul(v, detach(v)))(x);
  expectClose(gradient, [2, 3], 0); // and not [4, 6]
  expect(gradient.shape).toEqual([2]);
});
