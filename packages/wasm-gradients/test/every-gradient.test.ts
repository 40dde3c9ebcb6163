import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, test } from 'vitest';
import { registerWasmGradients } from '../src/index.js';
import { difference, on, sample } from './backends.js';

beforeAll(() => {
  registerWasmGradients();
});

type Operation = (x: tf.Tensor, y: tf.Tensor) => tf.Tensor;
const positive = (x: tf.Tensor) => tf.add(tf.abs(x), 0.5);
const image = (x: tf.Tensor) => tf.reshape(x, [1, 4, 4, 3]) as tf.Tensor4D;

/** Operations on x and y of shape [4, 12]: one at least for every gradient that tfjs-core registers. */
const operations: Record<string, Operation> = {
  abs: (x) => tf.abs(x),
  acos: (x) => tf.acos(tf.tanh(x)),
  acosh: (x) => tf.acosh(tf.add(positive(x), 1)),
  add: (x, y) => tf.add(x, tf.slice(y, [0, 0], [1, 12])),
  addN: (x, y) => tf.addN([x, y, x]),
  argument: (x) => tf.mul(x, tf.cast(tf.argMax(x, 1), 'float32').reshape([4, 1])),
  asin: (x) => tf.asin(tf.tanh(x)),
  asinh: (x) => tf.asinh(x),
  atan: (x) => tf.atan(x),
  atan2: (x, y) => tf.atan2(x, positive(y)),
  atanh: (x) => tf.atanh(tf.mul(tf.tanh(x), 0.9)),
  avgPool: (x) => tf.avgPool(image(x), 2, 1, 'same'),
  avgPool3d: (x) => tf.avgPool3d(tf.reshape(x, [1, 2, 4, 2, 3]) as tf.Tensor5D, 2, 1, 'same'),
  batchNorm: (x, y) => tf.batchNorm(x, tf.mean(x, 0), tf.mean(positive(y), 0), tf.mean(y, 0), tf.mean(x, 0)),
  batchToSpaceND: (x) =>
    tf.batchToSpaceND(
      tf.reshape(x, [4, 2, 2, 3]),
      [2, 2],
      [
        [0, 0],
        [0, 1],
      ],
    ),
  broadcastTo: (x) => tf.broadcastTo(tf.reshape(x, [4, 1, 12]), [4, 3, 12]),
  cast: (x) => tf.mul(x, tf.cast(tf.cast(x, 'int32'), 'float32')),
  ceil: (x) => tf.mul(x, tf.ceil(x)),
  clip: (x) => tf.clipByValue(x, -0.5, 1),
  concat: (x, y) => tf.concat([x, tf.square(y)], 1),
  conv3d: (x, y) =>
    tf.conv3d(
      tf.reshape(x, [1, 3, 4, 4, 1]) as tf.Tensor5D,
      tf.reshape(tf.slice(y, 0, [1, 8]), [2, 2, 2, 1, 1]) as tf.Tensor5D,
      1,
      'same',
    ),
  conv3dStrides: (x, y) =>
    tf.conv3d(
      tf.reshape(x, [1, 3, 4, 4, 1]) as tf.Tensor5D,
      tf.reshape(tf.slice(y, 0, [2, 12]), [3, 2, 2, 1, 2]) as tf.Tensor5D,
      [1, 2, 2],
      'same',
    ),
  cos: (x) => tf.cos(x),
  cosh: (x) => tf.cosh(x),
  cumsum: (x) => tf.cumsum(x, 1),
  dilation2d: (x, y) =>
    tf.dilation2d(image(x), tf.reshape(tf.slice(y, 0, [1, 12]), [2, 2, 3]) as tf.Tensor3D, 1, 'same'),
  divide: (x, y) => tf.div(x, positive(y)),
  elu: (x) => tf.elu(x),
  erf: (x) => tf.erf(x),
  exp: (x) => tf.exp(x),
  expandDims: (x) => tf.expandDims(tf.square(x), 1),
  expm1: (x) => tf.expm1(x),
  floor: (x) => tf.mul(x, tf.floor(x)),
  floorDiv: (x, y) => tf.mul(x, tf.floorDiv(x, positive(y))),
  fusedConv2d: (x, y) =>
    tf.fused.conv2d({
      x: image(x),
      filter: tf.reshape(tf.slice(y, 0, [3, 12]), [3, 2, 3, 2]) as tf.Tensor4D,
      strides: 1,
      pad: 'same',
      bias: tf.slice(tf.reshape(y, [48]), 0, 2),
      activation: 'relu',
    }),
  fusedDepthwise: (x, y) =>
    tf.fused.depthwiseConv2d({
      x: image(x),
      filter: tf.reshape(tf.slice(y, 0, [1, 12]), [2, 2, 3, 1]) as tf.Tensor4D,
      strides: 1,
      pad: 'same',
      activation: 'relu6',
    }),
  fusedMatMul: (x, y) =>
    tf.fused.matMul({ a: x, b: y, transposeB: true, bias: tf.slice(tf.reshape(y, [48]), 0, 4), activation: 'relu' }),
  gather: (x) => tf.gather(x, tf.tensor1d([3, 3, 0], 'int32')),
  isFinite: (x) => tf.mul(x, tf.cast(tf.isFinite(x), 'float32')),
  leakyRelu: (x) => tf.leakyRelu(x, 0.1),
  log: (x) => tf.log(positive(x)),
  log1p: (x) => tf.log1p(positive(x)),
  logSoftmax: (x) => tf.logSoftmax(x),
  logSumExp: (x) => tf.logSumExp(x, 1),
  lrn: (x) => tf.localResponseNormalization(image(x), 1, 1, 0.5, 0.7),
  max: (x) => tf.max(x, 1),
  maximum: (x, y) => tf.maximum(x, y),
  maxPool: (x) => tf.maxPool(image(tf.sub(x, 3)), 2, 2, 'valid'),
  maxPool3d: (x) => tf.maxPool3d(tf.reshape(tf.sub(x, 3), [1, 2, 4, 2, 3]) as tf.Tensor5D, 2, 1, 'valid'),
  mean: (x) => tf.mean(tf.square(x), 0),
  min: (x) => tf.min(x, 1),
  minimum: (x, y) => tf.minimum(x, y),
  mirrorPad: (x) =>
    tf.mirrorPad(
      tf.square(x),
      [
        [1, 1],
        [2, 0],
      ],
      'reflect',
    ),
  mod: (x, y) => tf.mod(positive(x), positive(y)),
  multiply: (x, y) => tf.mul(x, tf.slice(y, [0, 0], [4, 1])),
  neg: (x) => tf.neg(x),
  norm: (x) => tf.norm(x, 2, 1),
  oneHot: (x) => tf.mul(x, tf.oneHot(tf.tensor1d([0, 3, 2, 11], 'int32'), 12)),
  pad: (x) =>
    tf.pad(tf.square(x), [
      [1, 0],
      [2, 3],
    ]),
  pow: (x, y) => tf.pow(positive(x), y),
  prelu: (x, y) => tf.prelu(x, y),
  prod: (x) => tf.prod(tf.slice(x, [0, 0], [4, 3]), 1),
  reciprocal: (x) => tf.reciprocal(positive(x)),
  relu: (x) => tf.relu(x),
  relu6: (x) => tf.relu6(tf.mul(x, 5)),
  resizeBilinear: (x) => tf.image.resizeBilinear(image(x), [7, 6]),
  resizeNearest: (x) => tf.image.resizeNearestNeighbor(image(x), [8, 8]),
  reverse: (x) => tf.reverse(tf.square(x), 1),
  round: (x) => tf.mul(x, tf.round(x)),
  rsqrt: (x) => tf.rsqrt(positive(x)),
  select: (x, y) => tf.where(tf.greater(tf.ones([4, 12]), 0.5), x, y),
  selu: (x) => tf.selu(x),
  sigmoid: (x) => tf.sigmoid(x),
  sign: (x) => tf.mul(x, tf.sign(x)),
  sin: (x) => tf.sin(x),
  sinh: (x) => tf.sinh(x),
  slice: (x) => tf.slice(tf.square(x), [1, 2], [2, 5]),
  softmax: (x) => tf.softmax(x),
  softplus: (x) => tf.softplus(x),
  spaceToBatchND: (x) =>
    tf.spaceToBatchND(
      image(x),
      [2, 2],
      [
        [0, 0],
        [0, 0],
      ],
    ),
  split: (x) => tf.mul(...(tf.split(x, 2, 1) as [tf.Tensor, tf.Tensor])),
  sqrt: (x) => tf.sqrt(positive(x)),
  square: (x) => tf.square(x),
  squaredDifference: (x, y) => tf.squaredDifference(x, y),
  stack: (x, y) => tf.stack([x, y], 1),
  step: (x) => tf.mul(x, tf.step(x)),
  sub: (x, y) => tf.sub(x, tf.slice(y, [0, 0], [4, 1])),
  sum: (x) => tf.sum(tf.square(x), 0),
  tan: (x) => tf.tan(tf.tanh(x)),
  tanh: (x) => tf.tanh(x),
  tile: (x) => tf.tile(x, [2, 3]),
  transpose: (x) => tf.transpose(tf.square(x)),
  unsortedSegmentSum: (x) => tf.unsortedSegmentSum(x, tf.tensor1d([1, 0, 1, 2], 'int32'), 3),
  unstack: (x) => tf.mul(tf.unstack(x, 1)[2]!, tf.unstack(x, 1)[5]!),
};

describe('the gradient of every operation agrees with the cpu backend', () => {
  test.each(Object.entries(operations))('%s', async (_, operation) => {
    const results = () => {
      const inputs = [sample([4, 12], 11), sample([4, 12], 12)];
      const dy = sample(operation(inputs[0]!, inputs[1]!).shape, 13);
      // both are always connected, so that one list serves all operations
      const loss = (x: tf.Tensor, y: tf.Tensor) =>
        tf.add(tf.sum(tf.mul(operation(x, y), dy)), tf.sum(tf.mul(y, 1e-3))) as tf.Scalar;
      return [operation(inputs[0]!, inputs[1]!), ...tf.grads(loss)(inputs)];
    };
    expect(difference(await on('wasm', results), await on('cpu', results))).toBeLessThan(2e-5);
  });
});
