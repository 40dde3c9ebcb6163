import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, test } from 'vitest';
import { registerWasmGradients } from '../src/index.js';
import { difference, on, sample } from './backends.js';

beforeAll(() => {
  registerWasmGradients();
});

describe('matMul: values and both gradients agree with the cpu backend', () => {
  const shapes: [batch: number[], m: number, k: number, n: number][] = [
    [[], 5, 7, 3],
    [[], 1, 1, 1],
    [[], 3, 130, 65], // more than one of the original's blocks of 48
    [[4], 6, 9, 5],
    [[2, 3], 4, 60, 50],
    [[], 2, 8, 40], // few rows
  ];
  const cases = shapes.flatMap(([batch, m, k, n]) =>
    [
      [false, false],
      [true, false],
      [false, true],
      [true, true],
    ].map(([transposeA, transposeB]) => ({ batch, m, k, n, transposeA, transposeB })),
  );
  test.each(cases)(
    '$batch $m x $k x $n, transposed $transposeA $transposeB',
    async ({ batch, m, k, n, ...transposed }) => {
      const { transposeA, transposeB } = transposed;
      const results = () => {
        const inputs = [
          sample([...batch, ...(transposeA ? [k, m] : [m, k])], 1),
          sample([...batch, ...(transposeB ? [n, k] : [k, n])], 2),
        ];
        const multiply = (a: tf.Tensor, b: tf.Tensor) => tf.matMul(a, b, transposeA, transposeB);
        const dy = sample([...batch, m, n], 3);
        return [multiply(inputs[0]!, inputs[1]!), ...tf.grads((a, b) => tf.sum(tf.mul(multiply(a!, b!), dy)))(inputs)];
      };
      expect(difference(await on('wasm', results), await on('cpu', results))).toBeLessThan(1e-5);
    },
  );
});

test.each([
  [
    [3, 4, 5],
    [5, 6],
  ],
  [
    [4, 5],
    [3, 5, 6],
  ],
  [
    [1, 4, 5],
    [3, 5, 6],
  ],
  [
    [2, 1, 4, 5],
    [3, 5, 6],
  ],
  [
    [2, 1, 4, 5],
    [1, 3, 5, 6],
  ],
])('matMul broadcasts %j and %j, transposed or not', async (aShape, bShape) => {
  const swap = (shape: number[]) => [...shape.slice(0, -2), ...shape.slice(-2).reverse()];
  const results = () => [
    tf.matMul(sample(aShape, 1), sample(bShape, 2)),
    tf.matMul(sample(swap(aShape), 1), sample(bShape, 2), true),
    tf.matMul(sample(aShape, 1), sample(swap(bShape), 2), false, true),
  ];
  // by multiplying and adding up, since the other backends do not broadcast two batches that both have a 1
  const expected = () => {
    const slow = (a: tf.Tensor, b: tf.Tensor) => tf.sum(tf.mul(tf.expandDims(a, -1), tf.expandDims(b, -3)), -2);
    const turn = (x: tf.Tensor) => tf.transpose(x, [...x.shape.keys()].slice(0, -2).concat([x.rank - 1, x.rank - 2]));
    return [
      slow(sample(aShape, 1), sample(bShape, 2)),
      slow(turn(sample(swap(aShape), 1)), sample(bShape, 2)),
      slow(sample(aShape, 1), turn(sample(swap(bShape), 2))),
    ];
  };
  expect(difference(await on('wasm', results), await on('cpu', expected))).toBeLessThan(1e-5);
});

test('matMul by hand', async () => {
  await tf.setBackend('wasm');
  tf.tidy(() => {
    const a = tf.tensor2d([1, 2, 3, 4], [2, 2]);
    const b = tf.tensor2d([5, 6, 7, 8], [2, 2]);
    expect([...tf.matMul(a, b).dataSync()]).toEqual([19, 22, 43, 50]);
    expect([...tf.matMul(a, b, true).dataSync()]).toEqual([26, 30, 38, 44]);
    expect([...tf.matMul(a, b, false, true).dataSync()]).toEqual([17, 23, 39, 53]);
    expect([...tf.matMul(a, b, true, true).dataSync()]).toEqual([23, 31, 34, 46]);
    expect([...tf.matMul(tf.zeros([2, 0]), tf.zeros([0, 3])).dataSync()]).toEqual([0, 0, 0, 0, 0, 0]);
    expect(tf.matMul(tf.zeros([0, 2]), tf.zeros([2, 3])).shape).toEqual([0, 3]);
  });
});

test('matMul with one matrix under two shapes: reshaped tensors share their data', async () => {
  await tf.setBackend('wasm');
  tf.tidy(() => {
    const b = tf.tensor2d([1, 2, 3, 4, 5, 6], [2, 3]);
    expect([...tf.matMul(tf.ones([1, 2]), b).dataSync()]).toEqual([5, 7, 9]);
    const reshaped = tf.reshape(b, [3, 2]) as tf.Tensor2D;
    expect([...tf.matMul(tf.ones([1, 3]), reshaped).dataSync()]).toEqual([9, 12]);
    expect([...tf.fused.matMul({ a: tf.ones([1, 3]), b: reshaped }).dataSync()]).toEqual([9, 12]);
    expect([...tf.matMul(tf.ones([1, 2]), b).dataSync()]).toEqual([5, 7, 9]);
  });
});

test('matMul of whole numbers is exact, and stays int32', async () => {
  await tf.setBackend('wasm');
  tf.tidy(() => {
    const a = tf.tensor2d([16_777_217, 1, 2, 3], [2, 2], 'int32'); // the first is no float32
    const product = tf.matMul(a, tf.tensor2d([1, 0, 0, 1], [2, 2], 'int32'));
    expect(product.dtype).toBe('int32');
    expect([...product.dataSync()]).toEqual([16_777_217, 1, 2, 3]);
  });
});

test('matMul refuses what it cannot multiply, and says why', async () => {
  await tf.setBackend('wasm');
  const kernel = (a: tf.Tensor, b: tf.Tensor) =>
    tf.engine().runKernel('BatchMatMul', { a, b }, { transposeA: false, transposeB: false });
  tf.tidy(() => {
    expect(() => kernel(tf.ones([2, 3]), tf.ones([2, 3]))).toThrow('matMul: inner sizes differ: a [2,3], b [2,3].');
    expect(() => kernel(tf.ones([2, 2, 3]), tf.ones([3, 3, 2]))).toThrow(
      'batch dimensions [2] and [3] do not broadcast',
    );
    expect(() => kernel(tf.ones([3]), tf.ones([3, 2]))).toThrow('matMul: expected matrices, got a [3] and b [3,2].');
  });
});

describe('fused.matMul agrees with matMul, bias and activation', () => {
  const activations = ['linear', 'relu', 'relu6', 'prelu', 'leakyrelu', 'sigmoid', 'elu'] as const;
  const cases = activations.flatMap((activation) =>
    [
      { batch: [1], transposeA: false, transposeB: false },
      { batch: [1], transposeA: true, transposeB: false },
      { batch: [1], transposeA: false, transposeB: true },
      { batch: [3], transposeA: false, transposeB: false },
    ].map((layout) => ({ activation, ...layout })),
  );
  test.each(cases)('$activation, batch $batch, transposed $transposeA $transposeB', async (options) => {
    const { batch, transposeA, transposeB, activation } = options;
    const results = () =>
      tf.fused.matMul({
        a: sample([...batch, ...(transposeA ? [100, 5] : [5, 100])], 1) as tf.Tensor3D,
        b: sample([...batch, ...(transposeB ? [7, 100] : [100, 7])], 2) as tf.Tensor3D,
        bias: sample([7], 3),
        transposeA,
        transposeB,
        activation,
        preluActivationWeights: sample([7], 4),
        leakyreluAlpha: 0.3,
      });
    expect(difference(await on('wasm', results), await on('cpu', results))).toBeLessThan(1e-5);
  });
});
