import { readFileSync } from 'node:fs';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, test } from 'vitest';
// @ts-expect-error a script without types
import { assemble } from '../../../scripts/assemble.mjs';
import { registerWasmGradients } from '../src/index.js';
import { modules } from '../src/styled/module.js';
import { difference, on, sample } from './backends.js';

beforeAll(() => {
  registerWasmGradients();
});

type Case = {
  size: [height: number, width: number];
  channels: [inputs: number, outputs: number];
  up: boolean;
  batch?: number;
  /** One input for all samples */
  shared?: boolean;
  noise?: 'map' | 'maps';
  limit?: number;
};

function inputsOf({ size: [h, w], channels: [inputs, outputs], up, batch = 1, shared, noise }: Case) {
  const [outH, outW] = up ? [2 * h, 2 * w] : [h, w];
  return {
    x: sample([shared ? 1 : batch, h, w, inputs], 1),
    kernel: sample([3, 3, inputs, outputs], 2),
    style: sample([batch, inputs], 3),
    scale: tf.abs(sample([batch, outputs], 4)),
    bias: sample([outputs], 5),
    noise: noise && sample(noise === 'map' ? [outH, outW] : [batch, outH, outW, 1], 6),
  };
}

/** By operations of TensorFlow.js, each as it is defined. */
function byDefinition(one: Case): tf.Tensor[] {
  const { x, kernel, style, scale, bias, noise } = inputsOf(one);
  const { size, channels, up, batch = 1, limit = Number.POSITIVE_INFINITY } = one;
  const [[h, w], [inputs, outputs]] = [size, channels];
  const modulated = tf.mul(x, tf.reshape(style, [batch, 1, 1, inputs])) as tf.Tensor4D;
  let y: tf.Tensor4D;
  if (up) {
    const spread = [batch, 2 * h + 1, 2 * w + 1, outputs] as [number, number, number, number];
    const taps = [0.25, 0.75, 0.75, 0.25];
    const filter = tf.tensor4d(
      taps.flatMap((a) => taps.map((b) => a * b)),
      [4, 4, 1, 1],
    );
    const raised = tf.conv2dTranspose(modulated, tf.transpose(kernel, [0, 1, 3, 2]) as tf.Tensor4D, spread, 2, 'valid');
    const padded = tf.pad(raised, [[0, 0], [1, 1], [1, 1], [0, 0]]) as tf.Tensor4D; // biome-ignore format: one row
    y = tf.depthwiseConv2d(padded, tf.tile(filter, [1, 1, outputs, 1]), 1, 'valid');
  } else y = tf.conv2d(modulated, kernel as tf.Tensor4D, 1, 'same');
  const map = noise ? (noise.rank === 2 ? tf.reshape(noise, [1, ...noise.shape, 1]) : noise) : 0;
  const shifted = tf.add(tf.add(tf.mul(y, tf.reshape(scale, [batch, 1, 1, outputs])), map), bias);
  return [tf.clipByValue(tf.leakyRelu(shifted, 0.2), -limit, limit)];
}

function byKernel(one: Case): tf.Tensor[] {
  const { x, kernel, style, scale, bias, noise } = inputsOf(one);
  const { up, limit = Number.POSITIVE_INFINITY } = one;
  const weight = tf.engine().runKernel('AutodragStyledWeight', { weight: kernel }, { up }) as tf.Tensor;
  expect(weight.size).toBeGreaterThan(0);
  const inputs = { x, weight, style, scale, bias, ...(noise ? { noise } : {}) };
  return [tf.engine().runKernel('AutodragStyledConvolution', inputs, { up, limit }) as tf.Tensor];
}

describe('a whole layer agrees with its definition', () => {
  test.each<Case>([
    { size: [4, 4], channels: [4, 8], up: false },
    { size: [8, 8], channels: [16, 16], up: false, noise: 'map' },
    { size: [1, 1], channels: [4, 8], up: false },
    { size: [5, 7], channels: [12, 24], up: false, noise: 'map', limit: 0.5 },
    { size: [6, 3], channels: [8, 40], up: false, batch: 3, noise: 'maps' },
    { size: [9, 16], channels: [20, 8], up: false, batch: 2, shared: true },
    { size: [64, 48], channels: [16, 16], up: false }, // more tiles than one block
    { size: [12, 12], channels: [256, 256], up: false, noise: 'map' }, // blocks with a rest
    { size: [1, 1], channels: [4, 8], up: true },
    { size: [4, 4], channels: [4, 8], up: true, noise: 'map' },
    { size: [5, 3], channels: [12, 24], up: true, limit: 0.5 },
    { size: [4, 2], channels: [8, 40], up: true, batch: 3, noise: 'maps' },
    { size: [7, 9], channels: [20, 8], up: true, batch: 2, shared: true, noise: 'map' },
    { size: [40, 33], channels: [16, 64], up: true, noise: 'map' }, // lines in several turns
    { size: [16, 16], channels: [128, 512], up: true },
  ])('%j', async (one) => {
    const [got, expected] = [await on('wasm', () => byKernel(one)), await on('cpu', () => byDefinition(one))];
    expect(difference(got, expected)).toBeLessThan(4e-5); // the rounding of the larger tiles
  });
});

test('other numbers of channels are left to the operations of TensorFlow.js', async () => {
  await tf.setBackend('wasm');
  for (const shape of [
    [3, 3, 6, 8],
    [3, 3, 4, 12],
    [1, 1, 4, 8],
    [5, 5, 4, 8],
  ]) {
    // biome-ignore format: short
    const weight = tf.zeros(shape);
    expect((tf.engine().runKernel('AutodragStyledWeight', { weight }, { up: false }) as tf.Tensor).shape).toEqual([0]);
  }
  const [x, style, scale, bias] = [tf.zeros([1, 4, 4, 8]), tf.zeros([1, 8]), tf.zeros([1, 8]), tf.zeros([8])];
  const weight = tf.zeros([36, 4, 8]);
  expect(() =>
    tf.engine().runKernel('AutodragStyledConvolution', { x, weight, style, scale, bias }, { up: false, limit: 1 }),
  ).toThrow('a weight of [36,4,8] does not go with x [1,4,4,8]');
});

test('what is not finite stays so, and no memory is kept', async () => {
  await tf.setBackend('wasm');
  const one: Case = { size: [8, 8], channels: [8, 8], up: false };
  const { x, ...rest } = inputsOf(one);
  const values = x.dataSync().slice();
  values[8 * (3 * 8 + 3)] = Number.NaN;
  const weight = tf.engine().runKernel('AutodragStyledWeight', { weight: rest.kernel }, { up: false }) as tf.Tensor;
  const { style, scale, bias } = rest;
  const before = tf.memory().numTensors;
  const y = tf.tidy(() => {
    const inputs = { x: tf.tensor(values, x.shape), weight, style, scale, bias };
    return tf.engine().runKernel('AutodragStyledConvolution', inputs, { up: false, limit: 1 }) as tf.Tensor;
  });
  expect(Number.isNaN(y.dataSync()[8 * (3 * 8 + 3)]!)).toBe(true);
  y.dispose();
  expect(tf.memory().numTensors).toBe(before);
});

test('the module is what the compiler makes of assembly/', async () => {
  const { file, text } = await assemble('wasm-gradients');
  expect(readFileSync(file, 'utf8') === text, 'npm run assemble -w @autodrag/wasm-gradients').toBe(true);
  expect(WebAssembly.validate(Buffer.from(modules.simd, 'base64'))).toBe(true);
}, 60_000);
