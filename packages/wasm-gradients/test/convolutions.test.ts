import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, test } from 'vitest';
import { registerWasmGradients } from '../src/index.js';
import { conv2DBackpropInput } from '../src/kernels/conv2d-backprop-input.js';
import { wasmBackend } from '../src/wasm-backend.js';
import { difference, on, sample } from './backends.js';

beforeAll(() => {
  registerWasmGradients();
});

type Padding = 'valid' | 'same' | number | [[number, number], [number, number], [number, number], [number, number]];
type Pair = number | [number, number];
const explicit = (top: number, bottom: number, left: number, right: number): Padding => [
  [0, 0],
  [top, bottom],
  [left, right],
  [0, 0],
];

type Case = [x: number[], filter: number[], strides: Pair, pad: Padding];
const cases: Case[] = [];
for (const pad of ['valid', 'same', 1, 2, explicit(0, 2, 1, 0), explicit(1, 1, 2, 2)] as Padding[]) {
  for (const strides of [1, 2, 3, [2, 1], [1, 3]] as Pair[]) {
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
  [[1, 4, 4, 1], [2, 2, 1, 2], 1, explicit(3, 3, 2, 4)], // padding wider than the filter
  [[1, 32, 32, 8], [3, 3, 8, 6], 1, 'same'], // many pixels, few channels
  [[1, 33, 33, 6], [3, 3, 6, 4], 2, 'valid'],
  [[3, 4, 4, 40], [3, 3, 40, 64], 1, 'same'], // few pixels, many channels
  [[3, 9, 9, 40], [3, 3, 40, 64], 2, 'valid'],
  [[2, 17, 19, 20], [5, 3, 20, 17], [1, 2], 'same'],
);

describe('conv2d: both gradients agree with the cpu backend', () => {
  test.each(cases)('x %j filter %j strides %j pad %j', async (x, filter, strides, pad) => {
    const gradients = () => {
      const convolve = (a: tf.Tensor, b: tf.Tensor) =>
        tf.conv2d(a as tf.Tensor4D, b as tf.Tensor4D, strides, pad as 'same');
      const inputs = [sample(x, 1), sample(filter, 2)];
      const dy = sample(convolve(inputs[0]!, inputs[1]!).shape, 3);
      return tf.grads((a, b) => tf.sum(tf.mul(convolve(a!, b!), dy)))(inputs);
    };
    expect(difference(await on('wasm', gradients), await on('cpu', gradients))).toBeLessThan(1e-5);
  });

  test.each(cases)('every plan for x %j filter %j strides %j pad %j', async (inputShape, filterShape, strides, pad) => {
    const attrs = { strides, pad, dataFormat: 'NHWC', inputShape } as unknown as tf.Conv2DBackpropInputAttrs;
    const run = (plan: Parameters<typeof conv2DBackpropInput>[3]) => () => {
      const filter = sample(filterShape, 2);
      const shape = tf.backend_util.computeConv2DInfo(
        inputShape as [number, number, number, number],
        filter.shape as [number, number, number, number],
        strides,
        1,
        pad as 'same',
      ).outShape;
      const dy = sample(shape, 3);
      if (tf.getBackend() === 'cpu') {
        return tf.engine().runKernel('Conv2DBackpropInput', { dy, filter }, attrs as never) as tf.Tensor;
      }
      const backend = wasmBackend(tf.backend());
      const out = conv2DBackpropInput(backend, { dy, filter }, attrs, plan);
      return tf.engine().makeTensorFromTensorInfo(out);
    };
    const expected = await on('cpu', run('auto'));
    for (const plan of ['filter-times-gradient', 'gradient-times-filter'] as const) {
      expect(difference(await on('wasm', run(plan)), expected), plan).toBeLessThan(1e-5);
    }
  });
});

describe('conv2dTranspose: values and both gradients agree with the cpu backend', () => {
  test.each([
    [[1, 4, 4, 6], [3, 3, 5, 6], [1, 9, 9, 5], 2, 'valid'],
    [[3, 4, 5, 6], [3, 3, 5, 6], [3, 8, 10, 5], 2, 'same'],
    [[2, 5, 5, 3], [4, 4, 2, 3], [2, 10, 10, 2], 2, 1],
    [[2, 5, 5, 3], [3, 3, 2, 3], [2, 5, 5, 2], 1, 'same'],
    [[1, 4, 4, 40], [3, 3, 60, 40], [1, 9, 9, 60], 2, 'valid'],
    [[1, 3, 3, 4], [5, 5, 4, 4], [1, 11, 11, 4], 3, 'valid'],
  ] as [number[], number[], number[], number, 'same' | 'valid' | number][])(
    'x %j filter %j output %j stride %j pad %j',
    async (x, filter, outShape, stride, pad) => {
      const results = () => {
        const transposed = (a: tf.Tensor, b: tf.Tensor) =>
          tf.conv2dTranspose(
            a as tf.Tensor4D,
            b as tf.Tensor4D,
            outShape as [number, number, number, number],
            stride,
            pad,
          );
        const inputs = [sample(x, 1), sample(filter, 2)];
        const dy = sample(outShape, 3);
        const { value, grads } = tf.valueAndGrads((a, b) => tf.sum(tf.mul(transposed(a!, b!), dy)))(inputs);
        return [transposed(inputs[0]!, inputs[1]!), value, ...grads];
      };
      expect(difference(await on('wasm', results), await on('cpu', results))).toBeLessThan(1e-5);
    },
  );
});

type Depthwise = [x: number[], filter: number[], strides: Pair, pad: Padding, dilations: Pair];
const depthwiseCases: Depthwise[] = [];
for (const filter of [
  [1, 1],
  [1, 2],
  [2, 2],
  [1, 4],
  [3, 2],
  [3, 3],
  [4, 4],
  [5, 5],
  [6, 3],
]) {
  for (const pad of ['valid', 'same', explicit(1, 2, 0, 1)] as Padding[]) {
    for (const [strides, dilations] of [
      [1, 1],
      [2, 1],
      [1, 2],
      [[1, 2], 1],
      [1, [3, 1]],
    ] as [Pair, Pair][]) {
      depthwiseCases.push([[2, 17, 11, 3], [...filter, 3, 1], strides, pad, dilations]);
    }
  }
}
depthwiseCases.push(
  [[2, 7, 8, 3], [3, 3, 3, 2], 1, 'same', 1], // a channel multiplier
  [[2, 7, 8, 3], [3, 2, 3, 4], 2, 'valid', 1],
  [[1, 9, 8, 2], [3, 2, 2, 3], 1, 'valid', 2],
  [[1, 16, 16, 33], [4, 4, 33, 1], 1, explicit(2, 1, 2, 1), 1],
  [[1, 5, 5, 4], [3, 3, 4, 1], 1, explicit(4, 3, 3, 5), 1], // padding wider than the filter
);

/**
 * The same convolution without dilations, with a filter that has zeros between its taps: tfjs-core's gradients refuse
 * dilations, and the cpu backend's kernels ignore them.
 */
function spreadOut(filter: tf.Tensor, [dilationHeight, dilationWidth]: [number, number]) {
  const [height, width, channels, multiplier] = filter.shape as [number, number, number, number];
  const spreadHeight = (height - 1) * dilationHeight + 1;
  const spreadWidth = (width - 1) * dilationWidth + 1;
  const taps: number[] = [];
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) taps.push(y * dilationHeight * spreadWidth + x * dilationWidth);
  const places = tf.tensor2d(taps, [taps.length, 1], 'int32');
  const columns = channels * multiplier;
  const rows = tf.scatterND(places, tf.reshape(filter, [-1, columns]), [spreadHeight * spreadWidth, columns]);
  return { filter: tf.reshape(rows, [spreadHeight, spreadWidth, channels, multiplier]), taps };
}

describe('depthwiseConv2d: values and both gradients agree with the cpu backend', () => {
  test.each(depthwiseCases)(
    'x %j filter %j strides %j pad %j dilations %j',
    async (x, filterShape, strides, pad, dilations) => {
      const run = (image: tf.Tensor, filter: tf.Tensor, dilation: Pair, padding: Padding) => {
        const y = tf.depthwiseConv2d(
          image as tf.Tensor4D,
          filter as tf.Tensor4D,
          strides,
          padding as 'same',
          'NHWC',
          dilation,
        );
        const dy = sample(y.shape, 3);
        const attrs = { strides, pad: padding, dilations: dilation, inputShape: x, filterShape: filter.shape };
        const kernel = (name: string, inputs: tf.NamedTensorMap) =>
          tf.engine().runKernel(name, inputs, attrs as never) as tf.Tensor;
        const dx = kernel(tf.DepthwiseConv2dNativeBackpropInput, { dy, filter });
        const dw = kernel(tf.DepthwiseConv2dNativeBackpropFilter, { x: image, dy });
        return [y, dx, dw] as const;
      };
      const actual = await on('wasm', () => [...run(sample(x, 1), sample(filterShape, 2), dilations, pad)]);
      const expected = await on('cpu', () => {
        const { filter, taps } = spreadOut(
          sample(filterShape, 2),
          typeof dilations === 'number' ? [dilations, dilations] : dilations,
        );
        const [y, dx, dw] = run(sample(x, 1), filter, 1, pad);
        const [height, width] = filter.shape as [number, number];
        return [y, dx, tf.gather(tf.reshape(dw, [height * width, -1]), tf.tensor1d(taps, 'int32'))];
      });
      expect(difference(actual, expected)).toBeLessThan(1e-5);
    },
  );
});

test('depthwiseConv2d: the gradient of the whole operation', async () => {
  const gradients = () => {
    const inputs = [sample([2, 9, 8, 5], 1), sample([4, 4, 5, 1], 2)];
    const blur = (a: tf.Tensor, b: tf.Tensor) => tf.depthwiseConv2d(a as tf.Tensor4D, b as tf.Tensor4D, 1, 'same');
    return tf.grads((a, b) => tf.sum(tf.square(blur(a!, b!))))(inputs);
  };
  expect(difference(await on('wasm', gradients), await on('cpu', gradients))).toBeLessThan(1e-5);
});
