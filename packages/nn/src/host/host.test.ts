import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, test } from 'vitest';
import { createDecoder, createDecoderCache, decoder } from '../attention/decoder.js';
import { createEncoder, encoder } from '../attention/encoder.js';
import { createLinear, linear } from '../layers/linear.js';
import { createMlp, mlp } from '../layers/mlp.js';
import { createRandom } from '../random/random.js';
import { assembleProducts } from './assemble-products.js';
import { createHost } from './create-host.js';
import { createDecoderCacheOnHost, decoderOnHost, encoderOnHost, linearOnHost, mlpOnHost } from './transformer.js';

beforeAll(() => tf.setBackend('cpu'));

const random = createRandom(5);
const normal = (count: number) => Float32Array.from({ length: count }, () => random.normal());
const furthest = (a: ArrayLike<number>, b: ArrayLike<number>) =>
  Array.from(a).reduce(
    (most, value, i) => Math.max(most, Math.abs(value - b[i]!)),
    a.length === b.length ? 0 : Infinity,
  );

test('the module is valid with and without fused multiplications, where the engine knows them', () => {
  expect(WebAssembly.validate(assembleProducts(false))).toBe(true);
  expect(assembleProducts(false).length).toBeLessThan(1500);
});

describe('a product of any size agrees with linear', () => {
  test.each([
    [1, 1, 1],
    [1, 128, 384],
    [6, 128, 512],
    [7, 5, 9],
    [13, 33, 6],
    [12, 24, 8],
  ])('%i rows of %i to %i', async (rows, inputs, outputs) => {
    const host = createHost()!;
    const parameters = createLinear(random, inputs, outputs);
    const x = normal(rows * inputs);
    const expected = linear(parameters, tf.tensor2d(x, [rows, inputs])).dataSync();
    expect(furthest(linearOnHost(host, await host.upload(parameters), x), expected)).toBeLessThan(1e-5);
  });
});

test('whole numbers by hand', async () => {
  const host = createHost()!;
  const { weight } = await host.upload({ weight: tf.tensor2d([1, 2, 3, 4, 5, 6], [2, 3]) });
  expect([...host.multiply(weight, Float32Array.of(1, 10, 0, -1))]).toEqual([41, 52, 63, -4, -5, -6]);
});

test('mlp and encoder agree with those on tensors', async () => {
  const host = createHost()!;
  const layers = createMlp(random, [16, 40, 10]);
  const x = normal(5 * 16);
  const input = tf.tensor(x, [1, 5, 16]);
  expect(furthest(mlpOnHost(host, await host.upload(layers), x), mlp(layers, input).dataSync())).toBeLessThan(1e-5);
  const parameters = createEncoder(random, { layers: 2, width: 16, heads: 4 });
  const expected = encoder(parameters, input, { heads: 4 }).dataSync();
  expect(furthest(encoderOnHost(host, await host.upload(parameters), x, { heads: 4 }), expected)).toBeLessThan(1e-5);
});

test('three steps of a decoder, with a mask over the memory, agree with those on tensors', async () => {
  const host = createHost()!;
  const parameters = createDecoder(random, { layers: 2, width: 16, heads: 2 });
  const memory = normal(7 * 16);
  const mask = Float32Array.of(0, 0, -1e9, 0, 0, 0, -1e9);
  const cache = createDecoderCache(parameters, tf.tensor(memory, [1, 7, 16]), { heads: 2 });
  const onHost = await host.upload(parameters);
  const own = createDecoderCacheOnHost(host, onHost, memory);
  for (const tokens of [3, 1, 8]) {
    const x = normal(tokens * 16);
    const expected = decoder(parameters, tf.tensor(x, [1, tokens, 16]), null, {
      heads: 2,
      cache,
      memoryMask: tf.tensor(mask, [1, 1, 1, 7]),
    }).dataSync();
    const got = decoderOnHost(host, onHost, x, { heads: 2, cache: own, memoryMask: mask });
    expect(furthest(got, expected)).toBeLessThan(1e-5);
  }
  cache.dispose();
});
