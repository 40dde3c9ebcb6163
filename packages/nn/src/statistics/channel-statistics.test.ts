import * as tf from '@tensorflow/tfjs';
import { expect, test } from 'vitest';
import { InvalidArgumentError } from '../errors/errors.js';
import { expectClose, expectNoLeak } from '../testing/index.js';
import { channelStatistics } from './channel-statistics.js';

test('over every axis but the last, with a floor for what does not vary', () => {
  const x = tf.tensor3d([1, 10, 5, 3, 10, 5, 1, 10, 9, 3, 10, 9], [2, 2, 3]);
  const { average, std } = channelStatistics(x, { floor: 0.5 });
  expectClose(average, [2, 10, 7]);
  expectClose(std, [1, 0.5, 2]); // deviations 1, 0 and 2: their mean is 1
  expectNoLeak(() => channelStatistics(x));
});

test('messages', () => {
  expect(() => channelStatistics(tf.zeros([1, 4]))).toThrow(
    new InvalidArgumentError('channelStatistics: x: expected [..., C] with at least two rows, got [1,4]'),
  );
  expect(() => channelStatistics(tf.scalar(1), { where: 'f: w' })).toThrow('f: w: expected');
});
