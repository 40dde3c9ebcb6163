import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, test } from 'vitest';
import { registerWasmGradients } from '../src/index';
import { difference, on, sample } from './backends';

beforeAll(() => {
  registerWasmGradients();
});

type Padding = 'valid' | 'same' | number | [[number, number], [number, number], [number, number], [number, number]];
const explicit = (top: number, bottom: number, left: number, right: number): Padding => [
  [0, 0],
  [top, bottom],
  [left, right],
  [0, 0],
];

type Case = [x: number[], filter: number[], strides: number | [number, number], pad: Padding];
const cases: Case[] = [];
for (const pad of ['valid', 'same', 1, 2, explicit(0, 2, 1, 0), explicit(1, 1, 2, 2)] as Padding[]) {
  for (const strides of [1, 2, 3, [2, 1], [1, 3]] as Case[2][]) {
    // tfjs-core computes the output of a padding given as one number from the height's filter and stride alone
    const oneNumber = typeof pad === 'number';
    if (!oneNumber || typeof strides === 'number') cases.push([[2, 7, 9, 3], [3, 3, 3, 5], strides, pad]);
    if (!oneNumber) cases.push([[1, 8, 6, 4], [4, 2, 4, 3], strides, pad]);
  }
}
cases.push(
  [[2, 5, 5, 3], [1, 1, 3, 4], 1, 'valid'],
  [[2, 5, 5, 3], [1, 1, 3, 4], 2, 'same'],
  [[1, 5, 5, 2], [2, 2, 2, 3], 3, 'valid'], // a stride longer than the filter
  [[1, 5, 4, 2], [5, 4, 2, 3], 1, 'valid'], // one output
  [[1, 3, 3, 2], [5, 5, 2, 3], 1, 'same'], // a filter larger than the image
  [[1, 4, 4, 1], [3, 3, 1, 1], 1, 'same'],
  [[1, 32, 32, 8], [3, 3, 8, 6], 1, 'same'], // many pixels, few channels
  [[1, 33, 33, 6], [3, 3, 6, 4], 2, 'valid'],
  [[3, 4, 4, 40], [3, 3, 40, 64], 1, 'same'], // few pixels, many channels
  [[3, 9, 9, 40], [3, 3, 40, 64], 2, 'valid'],
  [[2, 17, 19, 20], [5, 3, 20, 17], [1, 2], 'same'],
);

describe('gradients of convolutions agree with the cpu backend', () => {
  test.each(cases)('conv2d x %j filter %j strides %j pad %j', async (x, filter, strides, pad) => {
    const gradients = () => {
      const image = sample(x, 1) as tf.Tensor4D;
      const weights = sample(filter, 2) as tf.Tensor4D;
      const convolve = (a: tf.Tensor, b: tf.Tensor) =>
        tf.conv2d(a as tf.Tensor4D, b as tf.Tensor4D, strides, pad as 'same');
      const dy = sample(convolve(image, weights).shape, 3);
      return tf.grads((a, b) => tf.sum(tf.mul(convolve(a!, b!), dy)))([image, weights]);
    };
    expect(difference(await on('wasm', gradients), await on('cpu', gradients))).toBeLessThan(1e-5);
  });
});
