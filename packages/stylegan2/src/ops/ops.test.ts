import { createRandom } from '@autodrag/nn';
import { checkGradient, expectClose, expectNoLeak, testBackends, useTestBackend } from '@autodrag/nn/testing';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { slowUpsample } from '../../test/slow-reference.js';
import { demodulation } from './demodulation.js';
import { depthToSpace } from './depth-to-space.js';
import { filterUp, transposeUpKernel } from './filter-up.js';
import { foldUpKernel } from './fold-up-kernel.js';
import { leakyRelu } from './leaky-relu.js';
import { modulate } from './modulate.js';
import { shiftedLeakyRelu } from './shifted-leaky-relu.js';
import { upsampleFeatures } from './upsample-features.js';
import { upsampleImage } from './upsample-image.js';
import { weightEnergy } from './weight-energy.js';

const normal = <T extends tf.Tensor>(shape: number[], seed = 1) => createRandom(seed).normalTensor(shape) as T;

describe.each(testBackends())('ops on %s', (backend) => {
  beforeAll(() => useTestBackend(backend));

  it('depthToSpace puts phase (p, q) at row p and column q', () => {
    const x = tf.tensor4d([0, 1, 2, 3, 4, 5, 6, 7], [1, 1, 2, 4]);
    expectClose(depthToSpace(x), tf.tensor4d([0, 1, 4, 5, 2, 3, 6, 7], [1, 2, 4, 1]));
  });

  it('foldUpKernel and filterUp: an impulse gives the filtered kernel', () => {
    const x = tf.tensor4d([0, 0, 0, 0, 1, 0, 0, 0, 0], [1, 3, 3, 1]);
    const weight = tf.tensor4d([0, 0, 0, 0, 1, 0, 0, 0, 0], [3, 3, 1, 1]);
    const line = [0, 0.25, 0.75, 0.75, 0.25, 0]; // the filter, centred on the middle pixel of three
    const expected = tf.tensor4d(
      line.flatMap((a) => line.map((b) => a * b)),
      [1, 6, 6, 1],
    );
    expect(tf.sum(expected).dataSync()[0]).toBeCloseTo(4); // an image keeps its mean
    const folded = depthToSpace(tf.conv2d(x, foldUpKernel(weight), 1, 'same'));
    const filtered = filterUp(x, transposeUpKernel(weight));
    expectClose(filtered, expected, 1e-6);
    expectClose(folded, expected, 1e-6);
  });

  it('foldUpKernel equals filterUp', () => {
    const [x, weight] = [normal<tf.Tensor4D>([2, 4, 3, 3]), normal<tf.Tensor4D>([3, 3, 3, 5], 2)];
    const folded = depthToSpace(tf.conv2d(x, foldUpKernel(weight), 1, 'same'));
    expectClose(folded, filterUp(x, transposeUpKernel(weight)), 1e-5);
    const transposed = transposeUpKernel(weight);
    expectNoLeak(() => filterUp(x, transposed));
    expectNoLeak(() => transposeUpKernel(weight));
    expectNoLeak(() => foldUpKernel(weight));
  });

  it('upsampleImage and upsampleFeatures: zero insertion and the filter', () => {
    const x = normal<tf.Tensor4D>([2, 3, 4, 3]);
    expectClose(upsampleImage(x), slowUpsample(x), 1e-6);
    expectClose(upsampleFeatures(x), slowUpsample(x), 1e-6);
    expectNoLeak(() => [upsampleImage(x), upsampleFeatures(x)]);
  });

  it('demodulation: by hand, and its message', () => {
    const energy = weightEnergy(tf.tensor4d([1, 2, 3, 4], [1, 2, 1, 2])); // [[1 + 9, 4 + 16]]
    expectClose(energy, tf.tensor2d([[10, 20]]));
    expectClose(demodulation(energy, tf.tensor2d([[2]])), [1 / Math.sqrt(40), 1 / Math.sqrt(80)], 1e-5);
    expect(() => demodulation(energy, tf.zeros([1, 3]))).toThrow('demodulation: style: expected [N, 1], got [1, 3]');
  });

  it('leakyRelu, modulate, shiftedLeakyRelu: values', () => {
    expectClose(leakyRelu(tf.tensor1d([-5, 0, 5])), [-1, 0, 5]);
    const x = tf.tensor4d([1, -10], [1, 1, 1, 2]);
    expectClose(
      modulate(
        x,
        tf.tensor2d([
          [2, 3],
          [4, 5],
        ]),
      ),
      [2, -30, 4, -50],
    );
    expectClose(shiftedLeakyRelu(x, tf.tensor2d([[1, 5]])), [2, -1]);
    expectClose(shiftedLeakyRelu(x, tf.tensor4d([[[[1]]]])), [2, -1.8]);
  });
});

// wasm alone lacks kernels for them: @autodrag/wasm-gradients has its own tests
describe.each(testBackends({ unset: ['cpu'], except: ['wasm'] }))('gradients of the ops on %s', (backend) => {
  beforeAll(() => useTestBackend(backend));
  const x = () => normal<tf.Tensor4D>([2, 3, 4, 3]);

  it('leakyRelu', () =>
    expectClose(tf.grad((v) => leakyRelu(v))(tf.tensor1d([-2, 3]), tf.tensor1d([10, 10])), [2, 10]));
  it('modulate', () => checkGradient((a, s) => modulate(a as tf.Tensor4D, s as tf.Tensor2D), [x(), normal([2, 3], 2)]));
  it('modulate of one constant', () =>
    checkGradient((a, s) => modulate(a as tf.Tensor4D, s as tf.Tensor2D), [normal([1, 2, 2, 3]), normal([4, 3], 2)]));
  it.each([[[2, 3]], [[1, 3, 4, 3]], [[2, 3, 4, 1]]])('shiftedLeakyRelu, shift %j', (shape) =>
    // away from the kink, where differences are wrong
    checkGradient(
      (a, s) => shiftedLeakyRelu(a as tf.Tensor4D, s as tf.Tensor4D),
      [tf.add(tf.mul(tf.sign(x()), 9), x()), normal(shape, 2)],
    ),
  );
  it('weightEnergy', () => checkGradient((w) => weightEnergy(w as tf.Tensor4D), [normal([3, 3, 2, 2])]));
  it('foldUpKernel', () =>
    checkGradient(
      (a, w) => depthToSpace(tf.conv2d(a as tf.Tensor4D, foldUpKernel(w as tf.Tensor4D), 1, 'same')),
      [x(), normal([3, 3, 3, 2], 2)],
    ));
  it('filterUp', () =>
    checkGradient((a, w) => filterUp(a as tf.Tensor4D, w as tf.Tensor4D), [x(), normal([3, 3, 2, 3], 2)]));
  it('upsampleImage', () => checkGradient((a) => upsampleImage(a as tf.Tensor4D), [x()]));
  it('upsampleFeatures', () => checkGradient((a) => upsampleFeatures(a as tf.Tensor4D), [x()]));
});
