import { readFileSync } from 'node:fs';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, test } from 'vitest';
// @ts-expect-error a script without types
import { assemble } from '../../../../scripts/assemble.mjs';
import { createDecoder, createDecoderCache, decoder } from '../attention/decoder.js';
import { createEncoder, encoder } from '../attention/encoder.js';
import { createLinear, linear } from '../layers/linear.js';
import { createMlp, mlp } from '../layers/mlp.js';
import { createRandom } from '../random/random.js';
import { createHost } from './create-host.js';
import { modules } from './module.js';
import { createPlainProducts } from './plain-products.js';
import { createDecoderCacheOnHost, decoderOnHost, encoderOnHost, linearOnHost, mlpOnHost } from './transformer.js';

beforeAll(() => tf.setBackend('cpu'));

const random = createRandom(5);
const normal = (count: number) => Float32Array.from({ length: count }, () => random.normal());
const furthest = (a: ArrayLike<number>, b: ArrayLike<number>) =>
  Array.from(a).reduce(
    (most, value, i) => Math.max(most, Math.abs(value - b[i]!)),
    a.length === b.length ? 0 : Infinity,
  );

test('the module is what the compiler makes of assembly/', async () => {
  const { file, text } = await assemble('nn');
  expect(readFileSync(file, 'utf8') === text, 'npm run assemble -w @autodrag/nn').toBe(true);
  expect(WebAssembly.validate(Buffer.from(modules.simd, 'base64'))).toBe(true);
}, 60_000);

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

describe.each([
  ['WebAssembly', () => createHost()!],
  ['plain', createPlainProducts],
] as const)('by %s', (_, create) => {
  test('products of rows with rows, and with their neighbours, of any size', () => {
    const host = create();
    const x = Float32Array.of(1, 2, 3, 4, 5, 6);
    const y = Float32Array.of(1, 10, 0, -1);
    expect([...host.multiplyRows(x, y, 2)]).toEqual([21, -2, 43, -4, 65, -6]);
    const still = host.centredProducts(x, new Float32Array(2), y, [0, 1, 2, 5]);
    expect([...still.others]).toEqual([21, -2, 43, -4, 65, -6]);
    expect(still.behind.map((each) => [...each])).toEqual([[5, 25, 61], [11, 39], [17], []]);
    for (const [rows, others, size] of [
      [7, 3, 5],
      [13, 68, 64],
      [1, 9, 3],
    ] as const) {
      const [a, b, mean] = [normal(rows * size), normal(others * size), normal(size)];
      const centred = a.map((value, i) => value - mean[i % size]!);
      const product = (i: number, j: number, y: Float32Array, x: Float32Array = centred) =>
        Array.from({ length: size }, (_, k) => x[i * size + k]! * y[j * size + k]!).reduce((sum, v) => sum + v, 0);
      const byOthers = (x: Float32Array) =>
        Array.from({ length: rows * others }, (_, k) => product(Math.floor(k / others), k % others, b, x));
      expect(furthest(host.multiplyRows(a, b, size), byOthers(a))).toBeLessThan(1e-5);
      const products = host.centredProducts(a, mean, b, [0, 1, 4]);
      expect(furthest(products.others, byOthers(centred))).toBeLessThan(2e-5);
      for (const [k, step] of [0, 1, 4].entries()) {
        const behind = Array.from({ length: Math.max(rows - step, 0) }, (_, i) => product(i, i + step, centred));
        expect(furthest(products.behind[k]!, behind)).toBeLessThan(5e-5);
      }
    }
  });

  test('GELU with the derivative that differences have', () => {
    const { geluWithSlope } = create();
    const x = Float32Array.from({ length: 27 }, (_, i) => (i - 13) / 2.5);
    const gelu = (v: number) => v / (1 + Math.exp(-v * 2 * Math.sqrt(2 / Math.PI) * (1 + 0.044715 * v * v)));
    const active = x.slice();
    const slope = geluWithSlope(active);
    for (const [i, value] of x.entries()) {
      expect(active[i]).toBeCloseTo(gelu(value), 5);
      expect(slope[i]).toBeCloseTo((gelu(value + 1e-4) - gelu(value - 1e-4)) / 2e-4, 5);
    }
  });
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
  const own = createDecoderCacheOnHost(host, onHost, memory, { heads: 2 });
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

describe('attention of any sizes agrees with loops', () => {
  test.each([
    [1, 5, 2, 4, 10],
    [6, 8, 4, 8, 1],
    [7, 13, 3, 6, 1],
    [66, 66, 4, 32, 1],
    [2, 3, 1, 1, 30],
  ])('%i queries, %i keys, %i heads of %i, scores times %i', (tokens, count, heads, size, factor) => {
    const host = createHost()!;
    const width = heads * size;
    const [queries, memory] = [normal(tokens * width).map((value) => value * factor), normal(count * 2 * width)];
    const mask = Float32Array.from({ length: count }, (_, s) => (s % 3 === 1 ? -1e9 : random.normal()));
    const packed = host.packMemory(memory, 2 * width, 0, { heads, size });
    for (const shifts of [undefined, mask]) {
      const expected = new Float64Array(tokens * width);
      for (let t = 0; t < tokens; t++) {
        for (let h = 0; h < heads; h++) {
          const at = h * size;
          const scores = Array.from({ length: count }, (_, s) => {
            let dot = 0;
            for (let c = 0; c < size; c++) dot += queries[t * width + at + c]! * memory[s * 2 * width + at + c]!;
            return dot / Math.sqrt(size) + (shifts?.[s] ?? 0);
          });
          const most = Math.max(...scores);
          const weights = scores.map((score) => Math.exp(score - most));
          const sum = weights.reduce((total, weight) => total + weight, 0);
          for (let c = 0; c < size; c++) {
            expected[t * width + at + c] =
              weights.reduce((mixed, weight, s) => mixed + weight * memory[s * 2 * width + width + at + c]!, 0) / sum;
          }
        }
      }
      const got = host.attend(queries, width, packed, { heads, size, ...(shifts && { mask: shifts }) });
      expect(furthest(got, expected)).toBeLessThan(2e-5);
    }
  });
});

test('GELU far from zero and near it, for any number of values', () => {
  const host = createHost()!;
  const x = Float32Array.of(-1e4, -12, -5, -1, -1e-3, 0, 1e-3, 0.5, 3, 12, 1e4);
  const expected = x.map((v) => v / (1 + Math.exp(-v * 2 * Math.sqrt(2 / Math.PI) * (1 + 0.044715 * v * v))));
  const got = host.gelu(x.slice());
  for (const [i, value] of expected.entries())
    expect(Math.abs(got[i]! - value)).toBeLessThan(1e-6 * (1 + Math.abs(value)));
});

test('what is not a number stays visible', async () => {
  const host = createHost()!;
  const { weight } = await host.upload({ weight: tf.ones([3, 4]) as tf.Tensor2D });
  const broken = Float32Array.of(1, Number.NaN, 0);
  expect(host.multiply(weight, broken).every(Number.isNaN)).toBe(true);
  expect(Number.isNaN(host.gelu(broken.slice())[1])).toBe(true);
  expect(host.layerNorm(broken, new Float32Array(3), new Float32Array(3)).every(Number.isNaN)).toBe(true);
  const memory = host.packMemory(Float32Array.of(Number.NaN, 0, 1, 0), 2, 0, { heads: 1, size: 1 });
  expect(Number.isNaN(host.attend(Float32Array.of(1), 1, memory, { heads: 1, size: 1 })[0])).toBe(true);
});
