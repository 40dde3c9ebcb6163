import * as tf from '@tensorflow/tfjs';
import { expect, test } from 'vitest';
import { checkGradient, expectClose, expectNoLeak } from './index.js';

test('expectClose', () => {
  expectClose(tf.tensor2d([[1, 2]]), [[1, 2]]);
  expectClose([1, Number.NaN, Number.POSITIVE_INFINITY], Float32Array.of(1, Number.NaN, Number.POSITIVE_INFINITY));
  expectClose(1000.001, 1000);
  expect(() => expectClose([1, 2, 5], [1, 2, 3])).toThrow(
    'expectClose: 1 of 3 numbers differ by more than 0.00001; the worst is number 2: expected 3, got 5',
  );
  expect(() => expectClose([1], [1, 2])).toThrow('expected 2 numbers, got 1');
  expect(() => expectClose(tf.zeros([2]), tf.zeros([1, 2]))).toThrow('expected shape [1, 2], got [2]');
  expect(() => expectClose([Number.NaN], [0])).toThrow('got NaN');
  expect(() => expectClose([0], [Number.NaN])).toThrow('expected NaN');
  expect(() => expectClose([1], [Number.POSITIVE_INFINITY])).toThrow('expected Infinity');
});

test('expectNoLeak', async () => {
  const x = tf.scalar(1);
  expectNoLeak(() => ({ a: [tf.square(x)] }));
  expect(() =>
    expectNoLeak(() => {
      tf.square(x);
    }),
  ).toThrow('expectNoLeak: 1 tensors were left alive');
  expect(() =>
    expectNoLeak(() => {
      x.dispose();
    }),
  ).toThrow("1 tensors were disposed that are not the function's own");
  const y = tf.scalar(1);
  await expectNoLeak(async () => tf.square(y));
  await expect(
    expectNoLeak(async () => {
      tf.square(y);
    }),
  ).rejects.toThrow('left alive');
});

test('checkGradient passes right gradients, catches wrong ones, and leaks nothing', () => {
  const x = tf.tensor1d([0.3, -0.7]);
  expectNoLeak(() => {
    checkGradient((x) => tf.sin(x!), [x]);
  });
  const wrong = tf.customGrad((x) => ({
    value: tf.square(x as tf.Tensor),
    gradFunc: (dy: tf.Tensor) => tf.mul(dy, 3),
  }));
  expect(() => checkGradient((x) => wrong(x!), [x])).toThrow('checkGradient: input 0, entry 0: the gradient says');
});
