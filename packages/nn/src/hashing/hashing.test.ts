import * as tf from '@tensorflow/tfjs';
import { afterEach, beforeAll, expect, test, vi } from 'vitest';
import { expectNoLeak } from '../testing/index.js';
import { hashParameters } from './hash-parameters.js';
import { sha256 } from './sha256.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});
afterEach(() => vi.unstubAllGlobals());

const abc = new TextEncoder().encode('abc');
const digest = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'; // FIPS 180-4, appendix

test('sha256 of the standard, by the platform and without it', async () => {
  expect(await sha256(abc)).toBe(digest);
  expect(await sha256(new Uint8Array([0, ...abc, 0]).subarray(1, 4))).toBe(digest);
  vi.stubGlobal('crypto', undefined);
  expect(await sha256(abc)).toBe(digest);
});

test('the hash of parameters depends on names, shapes and every value, and on nothing else', async () => {
  const hash = (tree: Parameters<typeof hashParameters>[0]) => hashParameters(tree);
  const same = await hash({ a: tf.tensor1d([1, 2]), b: { c: tf.scalar(3) } });
  expect(same).toMatch(/^[0-9a-f]{64}$/);
  expect(await hash({ b: { c: tf.scalar(3) }, a: tf.tensor1d([1, 2]) })).toBe(same);
  const others = [
    { a: tf.tensor1d([1, 2.0000002]), b: { c: tf.scalar(3) } },
    { a: tf.tensor2d([[1, 2]]), b: { c: tf.scalar(3) } },
    { a: tf.tensor1d([1, 2]), b: { d: tf.scalar(3) } },
    { a: tf.tensor1d([1, 2]), b: { c: tf.scalar(3, 'int32') } },
    { a: tf.tensor1d([1, 2]) },
  ];
  const all = await Promise.all(others.map(hash));
  expect(new Set([same, ...all]).size).toBe(others.length + 1);
  const tree = { a: tf.scalar(1) };
  await expectNoLeak(() => hash(tree));
});
