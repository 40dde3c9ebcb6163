import * as tf from '@tensorflow/tfjs';
import { beforeAll, expect, test } from 'vitest';
import { mixStyles } from './mix-styles.js';

beforeAll(() => tf.setBackend('cpu'));

test('the first layers of one code, the others of another', () => {
  const coarse = tf.tensor3d([1, 2, 3, 4, 5, 6], [1, 3, 2]);
  const fine = tf.tensor3d([7, 8, 9, 10, 11, 12], [1, 3, 2]);
  const before = tf.memory().numTensors;
  const mixed = [0, 1, 3].map((layers) => mixStyles(coarse, fine, layers));
  expect(tf.memory().numTensors).toBe(before + 3);
  expect(mixed.map((w) => [...w.dataSync()])).toEqual([
    [7, 8, 9, 10, 11, 12],
    [1, 2, 9, 10, 11, 12],
    [1, 2, 3, 4, 5, 6],
  ]);
  expect(() => mixStyles(coarse, fine, 4)).toThrow('mixStyles: layers: expected a whole number from 0 to 3, got 4');
  expect(() => mixStyles(coarse, tf.zeros([1, 2, 2]), 1)).toThrow('mixStyles: fine');
});
