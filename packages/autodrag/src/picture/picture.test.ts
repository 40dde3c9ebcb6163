import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { expect, it } from 'vitest';
import { pictureFromTensor } from './picture.js';

it('rounds as the device does in single precision, half to even, and clamps', async () => {
  await tf.setBackend('cpu');
  const halves = Array.from({ length: 255 }, (_, i) => Math.fround((i + 0.5) / 127.5 - 1));
  const values = [-1, 1, -1.5, 2, -0, 1e-30, Infinity, -Infinity, ...halves];
  const random = tf.tidy(() => tf.randomUniform([64, 48, 3], -1.1, 1.1, 'float32', 7).dataSync());
  const all = Float32Array.from([...values, ...random.subarray(values.length)]);
  const image = tf.tensor4d(all, [1, 64, 48, 3]);
  const expected = tf.tidy(() => tf.round(tf.clipByValue(tf.add(tf.mul(image, 127.5), 127.5), 0, 255)).dataSync());

  const { width, height, data } = await pictureFromTensor(image);
  expect([width, height]).toEqual([48, 64]);
  for (let pixel = 0; pixel < 64 * 48; pixel++) {
    expect([...data.subarray(4 * pixel, 4 * pixel + 4)]).toEqual([...expected.subarray(3 * pixel, 3 * pixel + 3), 255]);
  }
  image.dispose();
  expect(tf.memory().numTensors).toBe(0);
});
