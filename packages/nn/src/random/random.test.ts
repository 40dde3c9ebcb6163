import '@tensorflow/tfjs';
import { expect, test } from 'vitest';
import { InvalidArgumentError } from '../errors/errors.js';
import { expectNoLeak } from '../testing/index.js';
import { createRandom } from './random.js';

const take = (n: number, draw: () => number) => Array.from({ length: n }, draw);

test('the same seed gives the same numbers, other seeds others', () => {
  const first = take(5, createRandom(7).uniform);
  expect(take(5, createRandom(7).uniform)).toEqual(first);
  for (const seed of [8, -7, 7 + 2 ** 32, 0]) expect(take(5, createRandom(seed).uniform)).not.toEqual(first);
});

test('numbers never change between versions', () => {
  const random = createRandom(1);
  const seen = [random.uniform(), random.normal(), random.integer(1000), random.fork('a').uniform()];
  expect(seen).toMatchInlineSnapshot(`
    [
      0.17153818218825034,
      0.8126012574365813,
      935,
      0.23345273459260585,
    ]
  `);
});

test('moments of uniform and normal', () => {
  const random = createRandom(3);
  const n = 40_000;
  const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / n;
  const u = take(n, random.uniform);
  expect(mean(u)).toBeCloseTo(0.5, 2);
  expect(Math.min(...u.slice(0, 1000))).toBeGreaterThanOrEqual(0);
  const z = take(n, random.normal);
  expect(Math.abs(mean(z))).toBeLessThan(0.02);
  expect(mean(z.map((x) => x * x))).toBeCloseTo(1, 1);
  expect(mean(z.map((x) => x ** 4))).toBeGreaterThan(2.8);
  expect(mean(z.map((x) => x ** 4))).toBeLessThan(3.2);
});

test('integers are in range and even', () => {
  const random = createRandom(4);
  const counts = [0, 0, 0];
  for (let i = 0; i < 3000; i++) counts[random.integer(3)]!++;
  for (const count of counts) expect(Math.abs(count - 1000)).toBeLessThan(120);
  expect(random.integer(1)).toBe(0);
  expect(() => random.integer(0)).toThrow(InvalidArgumentError);
  expect(() => random.integer(1.5)).toThrow('random.integer: n: expected a positive integer, got 1.5');
});

test('forks depend on seed and label only', () => {
  const random = createRandom(6);
  const before = random.fork('noise').uniform();
  random.uniform();
  expect(random.fork('noise').uniform()).toBe(before);
  const others = [
    random.fork('noisf'),
    random.fork(1),
    random.fork('1'),
    createRandom(7).fork('noise'),
    random.fork(''),
  ];
  const values = [before, ...others.map((other) => other.uniform())];
  expect(new Set(values).size).toBe(values.length);
  expect(random.fork('a').fork('b').uniform()).not.toBe(random.fork('b').fork('a').uniform());
});

test('tensors and shuffles', () => {
  const random = createRandom(8);
  expectNoLeak(() => random.normalTensor([2, 3]));
  expect(random.normalTensor([2, 3], 0.5).shape).toEqual([2, 3]);
  const uniform = random.uniformTensor([100], -2, 3).dataSync();
  expect(uniform.every((value) => value >= -2 && value < 3)).toBe(true);
  const items = [1, 2, 3, 4, 5, 6];
  const shuffled = random.shuffled(items);
  expect(items).toEqual([1, 2, 3, 4, 5, 6]);
  expect([...shuffled].sort()).toEqual(items);
});
