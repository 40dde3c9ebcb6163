import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, test } from 'vitest';
import { registerWasmGradients } from '../src/index.js';
import { difference, on, sample } from './backends.js';

beforeAll(() => {
  registerWasmGradients();
});

async function expectAgreement(results: () => tf.Tensor | tf.Tensor[], tolerance = 1e-6): Promise<void> {
  expect(difference(await on('wasm', results), await on('cpu', results))).toBeLessThan(tolerance);
}

describe('gather and its gradient, unsortedSegmentSum', () => {
  const ids = (shape: number[], values: number[]) => tf.tensor(values, shape, 'int32');
  test.each([
    [[6, 3], [4], [5, 0, 0, 2], 0],
    [[6, 70], [2, 3], [5, 0, 0, 2, 1, 1], 0],
    [[2, 5, 3], [3], [4, 4, 0], 1],
    [[2, 5, 3], [2, 2], [2, 0, 1, 0], 2],
    [[7], [5], [6, 0, 3, 3, 3], 0],
  ])('x %j at %j %j along axis %i', async (shape, indexShape, values, axis) => {
    await expectAgreement(() => {
      const x = sample(shape, 1);
      const gathered = tf.gather(x, ids(indexShape, values) as tf.Tensor1D, axis);
      const dy = sample(gathered.shape, 2);
      const gather = (a: tf.Tensor) => tf.gather(a, ids(indexShape, values) as tf.Tensor1D, axis);
      return [gathered, tf.grad((a: tf.Tensor) => tf.sum(tf.mul(gather(a), dy)))(x)];
    });
  });

  test('with a batch dimension', async () => {
    await expectAgreement(() => tf.gather(sample([2, 4, 3], 1), ids([2, 2], [3, 0, 1, 1]) as tf.Tensor2D, 1, 1));
  });

  test('of whole numbers and truth values', async () => {
    await expectAgreement(() => [
      tf.cast(tf.gather(tf.range(0, 12, 1, 'int32'), ids([3], [11, 0, 4]) as tf.Tensor1D), 'float32'),
      tf.cast(tf.gather(tf.cast(tf.tensor1d([0, 1, 1]), 'bool'), ids([3], [2, 0, 1]) as tf.Tensor1D), 'float32'),
    ]);
  });

  test('an index out of range is an error that names it', async () => {
    await tf.setBackend('wasm');
    const before = tf.memory().numTensors;
    const x = tf.ones([3, 2]);
    const index = tf.tensor1d([0, 3], 'int32');
    expect(() => tf.gather(x, index)).toThrow(
      'GatherV2: the index value 3 is not in [0, 2], which is axis 0 of x [3,2].',
    );
    tf.dispose([x, index]);
    expect(tf.memory().numTensors).toBe(before);
  });

  test('segments by hand; ids outside are left out', async () => {
    await tf.setBackend('wasm');
    tf.tidy(() => {
      const x = tf.tensor2d([1, 2, 3, 4, 5, 6, 7, 8], [4, 2]);
      const sums = tf.unsortedSegmentSum(x, tf.tensor1d([1, 0, 1, 3], 'int32'), 3);
      expect([...sums.dataSync()]).toEqual([3, 4, 6, 8, 0, 0]);
      const whole = tf.unsortedSegmentSum(tf.tensor1d([1, 2, 3], 'int32'), tf.tensor1d([1, -1, 1], 'int32'), 2);
      expect(whole.dtype).toBe('int32');
      expect([...whole.dataSync()]).toEqual([0, 4]);
    });
  });
});

describe('slice, split and unstack', () => {
  test.each([
    [[7], [2], [3]],
    [
      [5, 6],
      [1, 2],
      [3, 4],
    ],
    [
      [5, 6],
      [1, 0],
      [3, 6],
    ],
    [
      [4, 5, 60],
      [1, 2, 3],
      [2, 2, 50],
    ],
    [
      [4, 5, 6],
      [1, 0, 0],
      [2, 5, 6],
    ],
    [
      [3, 4, 5, 6],
      [1, 1, 1, 1],
      [2, 2, 3, 4],
    ],
    [
      [3, 4, 5, 6],
      [0, 1, 0, 0],
      [3, 2, 5, 6],
    ],
    [
      [2, 3, 4, 5, 2],
      [0, 1, 1, 2, 0],
      [2, 1, 3, 2, 1],
    ],
    [
      [2, 2, 3, 2, 2, 3],
      [1, 0, 1, 0, 1, 0],
      [1, 2, 2, 2, 1, 2],
    ],
    [
      [4, 3],
      [2, 0],
      [0, 3],
    ],
    [
      [3, 4],
      [1, 1],
      [-1, 2],
    ],
  ])('x %j from %j size %j', async (shape, begin, size) => {
    await expectAgreement(() => {
      const x = sample(shape, 1);
      const numbers = tf.cast(tf.slice(tf.cast(tf.mul(x, 10), 'int32'), begin, size), 'float32');
      const truths = tf.cast(tf.slice(tf.greater(x, 0), begin, size), 'float32');
      return [tf.slice(x, begin, size), numbers, truths];
    });
  });

  test('split and unstack along every axis, with gradients', async () => {
    await expectAgreement(() => {
      const x = sample([4, 6, 5], 1);
      const weights = sample([4, 6, 5], 2);
      const gradient = tf.grad((a: tf.Tensor) => {
        const [first, , third] = tf.split(a, [1, 2, 3], 1);
        const rows = tf.unstack(tf.mul(a, weights), 2);
        return tf.add(tf.sum(tf.mul(tf.sum(first!), third!)), tf.sum(tf.mul(rows[1]!, rows[3]!)));
      })(x);
      return [...tf.split(x, [1, 2, 3], 1), ...tf.split(x, 2, 0), ...tf.split(x, 5, 2), ...tf.unstack(x, 1), gradient];
    });
  });

  test('strings stay with the backend', async () => {
    await tf.setBackend('wasm');
    tf.tidy(() => {
      expect([...(tf.slice(tf.tensor1d(['a', 'b', 'c']), 1, 2).dataSync() as unknown as string[])]).toEqual(['b', 'c']);
    });
  });
});

describe('tile and broadcastTo', () => {
  test.each([
    [[3], [4]],
    [[3], [1]],
    [
      [2, 3],
      [2, 3],
    ],
    [
      [2, 1, 3],
      [1, 5, 2],
    ],
    [
      [2, 3, 1],
      [3, 1, 70],
    ],
    [
      [1, 1, 1, 1],
      [2, 3, 4, 5],
    ],
    [
      [2, 2, 2, 2],
      [1, 2, 1, 1],
    ],
  ])('x %j times %j', async (shape, reps) => {
    await expectAgreement(() => {
      const x = sample(shape, 1);
      const truths = tf.cast(tf.tile(tf.greater(x, 0), reps), 'float32');
      const gradient = tf.grad((a: tf.Tensor) => tf.sum(tf.square(tf.tile(a, reps))))(x);
      return [tf.tile(x, reps), truths, gradient];
    });
  });
});

describe('sum and mean over every set of axes', () => {
  const shape = [3, 40, 5, 20];
  const sets = Array.from({ length: 15 }, (_, i) => [0, 1, 2, 3].filter((axis) => ((i + 1) >> axis) & 1));
  test.each(sets.map((axes) => [axes]))('%j', async (axes) => {
    await expectAgreement(() => {
      const x = sample(shape, 1);
      return [
        tf.sum(x, axes),
        tf.mean(x, axes, true),
        tf.grad((a: tf.Tensor) => tf.sum(tf.square(tf.mean(a, axes))))(x),
      ];
    }, 1e-5);
  });

  test('many rows, and few columns', async () => {
    await expectAgreement(() => [tf.sum(sample([3000, 17], 1), 0), tf.sum(sample([3000, 3], 2), 0, true)], 1e-5);
  });

  // XNNPACK's pooling, which does the others, keeps a float a channel on the stack and overwrites memory here
  test.each([
    [[8, 16384], 0],
    [[9, 16330], 0],
    [[3, 11, 20000], 1],
    [
      [2, 3, 4, 4097],
      [1, 2],
    ],
    [[7, 40000], 0],
  ] as [number[], number | number[]][])('rows too long for the stack: %j over %j', async (shape, axes) => {
    await expectAgreement(() => {
      const x = sample(shape, 1);
      return [tf.sum(x, axes), tf.mean(x, axes, true), tf.grad((a: tf.Tensor) => tf.sum(tf.mean(a, axes)))(x)];
    }, 1e-5);
    // the heap is sound
    await expectAgreement(() => [1, 10, 1000, 100_000].map((size) => tf.add(tf.ones([size]), 1)));
  });

  test('whole numbers stay with the backend', async () => {
    await tf.setBackend('wasm');
    tf.tidy(() => {
      const total = tf.sum(tf.ones([40, 50], 'int32'), 0);
      expect(total.dtype).toBe('int32');
      expect(total.dataSync()[49]).toBe(40);
    });
  });
});

describe('activations', () => {
  const values = () => tf.concat([tf.linspace(-12, 12, 2001), tf.tensor1d([0, -0, 1e-20, -1e-6, 50, -200, 1e30])]);
  test('tanh and erf, also near 0 and far out', async () => {
    await expectAgreement(() => [tf.tanh(values()), tf.erf(values())], 5e-7);
    await tf.setBackend('wasm');
    tf.tidy(() => {
      expect(tf.tanh(tf.scalar(1e-4)).dataSync()[0]! / 1e-4).toBeCloseTo(1, 6); // relative, too
      expect(tf.erf(tf.scalar(1e-4)).dataSync()[0]! / 1.1283791633342e-4).toBeCloseTo(1, 6);
      expect(Number.isNaN(tf.tanh(tf.scalar(Number.NaN)).dataSync()[0])).toBe(true);
      expect(Number.isNaN(tf.erf(tf.scalar(Number.NaN)).dataSync()[0])).toBe(true);
    });
  });

  test.each([[[2008]], [[7]], [[3, 5, 64]]])('leakyRelu of %j', async (shape) => {
    await expectAgreement(() => {
      const x = sample(shape, 1);
      return [tf.leakyRelu(x, 0.2), tf.leakyRelu(x, 2), tf.grad((a: tf.Tensor) => tf.sum(tf.leakyRelu(a, 0.3)))(x)];
    });
  });
});

describe("maxPool's gradient", () => {
  test('by hand, where all values of a window are negative, and where two are equal', async () => {
    await tf.setBackend('wasm');
    tf.tidy(() => {
      const gradient = tf.grad((x: tf.Tensor) => tf.sum(tf.maxPool(x as tf.Tensor4D, 2, 2, 'valid')));
      expect([...gradient(tf.tensor4d([-4, -1, -2, -3], [1, 2, 2, 1])).dataSync()]).toEqual([0, 1, 0, 0]);
      expect([...gradient(tf.tensor4d([0, 5, 5, 5], [1, 2, 2, 1])).dataSync()]).toEqual([0, 1, 0, 0]);
    });
  });

  test.each([
    [2, 2, 'valid'],
    [3, 2, 'same'],
    [3, 1, 'same'],
    [[2, 3], [1, 2], 'valid'],
    [3, 2, 1],
  ] as [number | [number, number], number | [number, number], 'valid' | 'same' | number][])(
    'agrees with the cpu backend for size %j strides %j pad %j',
    async (size, strides, pad) => {
      await expectAgreement(() => {
        const x = tf.sub(sample([2, 7, 8, 3], 1), 2);
        return tf.grad((a: tf.Tensor) => tf.sum(tf.square(tf.maxPool(a as tf.Tensor4D, size, strides, pad))))(x);
      });
    },
  );
});

test('maxPoolWithArgmax of negative values', async () => {
  await expectAgreement(() => {
    const x = tf.sub(sample([2, 6, 5, 3], 1), 4) as tf.Tensor4D;
    return [false, true].flatMap((includeBatchInIndex) => {
      const { result, indexes } = tf.maxPoolWithArgmax(x, 2, 2, 'valid', includeBatchInIndex);
      return [result!, tf.cast(indexes!, 'float32')];
    });
  });
});
