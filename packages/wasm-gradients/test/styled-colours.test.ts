import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, test } from 'vitest';
import { registerWasmGradients } from '../src/index.js';
import { difference, on, sample } from './backends.js';

beforeAll(() => {
  registerWasmGradients();
});

type Case = { size: [height: number, width: number]; inputs: number; batch?: number; first?: boolean; limit?: number };

function inputsOf({ size: [height, width], inputs, batch = 1, first }: Case) {
  return {
    x: sample([batch, height, width, inputs], 1),
    style: sample([batch, inputs], 2),
    weight: sample([1, 1, inputs, 3], 3),
    bias: sample([3], 4),
    ...(!first && { before: sample([batch, height / 2, width / 2, 3], 5) }),
  };
}

/** By operations of TensorFlow.js, each as it is defined. */
function byDefinition(one: Case): tf.Tensor[] {
  const { x, style, weight, bias, before } = inputsOf(one);
  const {
    size: [height, width],
    inputs,
    batch = 1,
    limit = Number.POSITIVE_INFINITY,
  } = one;
  const modulated = tf.mul(x, tf.reshape(style, [batch, 1, 1, inputs])) as tf.Tensor4D;
  const colours = tf.clipByValue(tf.add(tf.conv2d(modulated, weight as tf.Tensor4D, 1, 'same'), bias), -limit, limit);
  if (!before) return [colours];
  const taps = [0.25, 0.75, 0.75, 0.25];
  const all = taps.flatMap((a) =>
    taps.flatMap((b) => [0, 1, 2].flatMap((c) => [0, 1, 2].map((d) => (c === d ? a * b : 0)))),
  );
  const filter = tf.tensor4d(all, [4, 4, 3, 3]);
  const doubled = tf.conv2dTranspose(before as tf.Tensor4D, filter, [batch, height, width, 3], 2, 'same');
  return [tf.add(doubled, colours)];
}

function byKernel({ limit = Number.POSITIVE_INFINITY, ...one }: Case): tf.Tensor[] {
  return [tf.engine().runKernel('AutodragColours', inputsOf(one), { limit }) as tf.Tensor];
}

describe('colours agree with their definition', () => {
  test.each<Case>([
    { size: [4, 4], inputs: 192, first: true },
    { size: [1, 1], inputs: 5, first: true },
    { size: [3, 7], inputs: 6, first: true, batch: 2 },
    { size: [8, 8], inputs: 16 },
    { size: [2, 2], inputs: 1 },
    { size: [6, 10], inputs: 7, batch: 3, limit: 0.4 },
    { size: [64, 48], inputs: 32 },
  ])('%j', async (one) => {
    const [got, expected] = [await on('wasm', () => byKernel(one)), await on('cpu', () => byDefinition(one))];
    expect(difference(got, expected)).toBeLessThan(1e-5);
  });
});

test('other pictures are left to the operations of TensorFlow.js, and what does not fit is refused', async () => {
  await tf.setBackend('wasm');
  const { bias, ...rest } = inputsOf({ size: [4, 4], inputs: 8 });
  const run = (inputs: object) => tf.engine().runKernel('AutodragColours', inputs as tf.NamedTensorMap, { limit: 1 });
  expect((run({ ...rest, bias: tf.zeros([1]) }) as tf.Tensor).shape).toEqual([0]);
  expect(() => run({ ...rest, bias, before: tf.zeros([1, 4, 4, 3]) })).toThrow('the picture before [1,4,4,3]');
  expect(() => run({ ...rest, bias, style: tf.zeros([1, 4]) })).toThrow('style [1,4]');
});
