import { existsSync, readFileSync } from 'node:fs';
import { median } from '@autodrag/nn';
import { expectNoLeak, useTestBackend } from '@autodrag/nn/testing';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { bootstrapInterval } from './bootstrap-interval.js';
import { leastCollateral, motionStatistics } from './collateral-motion.js';
import { distanceDecay } from './distance-decay.js';
import { frechetDistance } from './frechet-distance.js';
import { type LpipsNetwork, loadLpips } from './lpips.js';
import { meanDistance, remainingShare } from './mean-distance.js';

beforeAll(() => useTestBackend('wasm'));

describe('LPIPS', () => {
  const slim = new Uint8Array(readFileSync(new URL('../../test/fixtures/lpips/slim.npz', import.meta.url)));
  /** The pictures of test/fixtures/lpips/make.py. */
  const pictures = (): [tf.Tensor4D, tf.Tensor4D] => {
    const a = Float32Array.from({ length: 66 * 70 * 3 }, (_, i) => Math.sin(i * 0.013) * Math.cos((i % 70) * 0.09));
    const b = a.map((value, i) => Math.min(1, Math.max(-1, value + 0.4 * Math.sin(i * 0.37))));
    return [tf.tensor4d(a, [1, 66, 70, 3]), tf.tensor4d(b, [1, 66, 70, 3])];
  };
  const measure = (bytes: Uint8Array, network: LpipsNetwork) => {
    const lpips = loadLpips(bytes, { network });
    const [a, b] = pictures();
    const [different, same] = [lpips.distance(a, b), lpips.distance(b, b)];
    const values = [different.dataSync()[0]!, same.dataSync()[0]!];
    tf.dispose([a, b, different, same]);
    lpips.dispose();
    return values;
  };

  test.each([
    ['alex', 0.4442782220477628],
    ['squeeze', 0.07327088875416214],
  ] as const)('%s is what NumPy computes with the same weights', (network, expected) => {
    const [different, same] = measure(slim, network);
    expect(different).toBeCloseTo(expected, 5);
    expect(same).toBe(0);
  });

  // the published weights are no part of the repository
  const file = process.env.AUTODRAG_LPIPS ?? '';
  test.skipIf(!existsSync(file)).each([
    ['alex', 0.4113821428827016],
    ['squeeze', 0.04871905693700315],
  ] as const)('%s with the published weights', (network, expected) => {
    expect(measure(new Uint8Array(readFileSync(file)), network)[0]).toBeCloseTo(expected, 5);
  });

  test('leaves no tensor behind, also where the file is wrong', () => {
    expectNoLeak(() => void measure(slim, 'alex'));
    expectNoLeak(() => {
      expect(() => loadLpips(Uint8Array.of(1, 2, 3))).toThrow('readNpz: it is no npz file');
      const name = new TextEncoder().encode('alex_conv5_b');
      const broken = slim.slice();
      for (let i = 0; i < broken.length - name.length; i++) {
        if (name.every((byte, k) => broken[i + k] === byte)) broken[i] = 'x'.charCodeAt(0);
      }
      expect(() => loadLpips(broken)).toThrow();
    });
  });
});

test('the Fréchet distance of two Gaussians is the closed form, also with few samples', () => {
  // variances 1 and 9 along one axis, means 0 and 2: (2)^2 + 1 + 9 - 2 · 3
  const line = (centre: number, spread: number) => [-1, 0, 1].map((x) => [centre + spread * x]);
  expect(frechetDistance(line(0, 1), line(2, 3))).toBeCloseTo(8, 9);
  const wide = (rows: number[][]) => rows.map((row) => [...row, 5, 5, 5, 5]);
  expect(frechetDistance(wide(line(0, 1)), wide(line(2, 3)))).toBeCloseTo(8, 9);
  const cloud = Array.from({ length: 40 }, (_, i) => [Math.sin(i), Math.cos(3 * i), Math.sin(5 * i + 1)]);
  expect(frechetDistance(cloud, cloud)).toBeCloseTo(0, 9);
  expect(() => frechetDistance([[1]], [[1]])).toThrow('two or more rows');
});

test('bootstrap intervals hold the value, shrink with the sample, and are the same for one seed', () => {
  const sample = (size: number) => Array.from({ length: size }, (_, i) => Math.sin(12.9898 * i) * 10);
  const [small, large] = [
    bootstrapInterval(sample(20), median),
    bootstrapInterval(sample(2000), median, { resamples: 200 }),
  ];
  for (const { value, low, high } of [small, large]) {
    expect(low).toBeLessThanOrEqual(value);
    expect(high).toBeGreaterThanOrEqual(value);
  }
  expect(large.high - large.low).toBeLessThan((small.high - small.low) / 2);
  expect(bootstrapInterval(sample(20), median)).toEqual(small);
  expect(bootstrapInterval([3], median)).toEqual({ value: 3, low: 3, high: 3 });
  expect(bootstrapInterval([], median).value).toBeNaN();
});

test('distances, shares and their decay', () => {
  expect(meanDistance([{ after: 2 }, { after: 4 }], 128)).toBe(12);
  expect(remainingShare({ before: 8, after: 2 })).toBe(0.25);
  const records = [
    {
      before: 10,
      curve: [
        [5, 8],
        [10, 2],
      ],
    },
    { before: 10, curve: [[20, 4]] },
  ] as const;
  expect(distanceDecay(records, [1, 5, 15, 30])).toEqual([1, 0.9, 0.6, 0.30000000000000004]);
});

test('the least that others must move: all of it where they move as one, none where they do not', () => {
  const together = Array.from({ length: 50 }, (_, i) => {
    const [x, y] = [Math.sin(i * 1.7), Math.cos(i * 2.3)];
    return Float32Array.of(x, y, x, y, Math.sin(i * 7.1), Math.cos(i * 5.3));
  });
  const statistics = motionStatistics(together);
  expect(leastCollateral({ ...statistics }, [0], [3, 4])).toBeCloseTo((5 + leastOf(statistics)) / 2, 1);
  expect(leastOf(statistics)).toBeLessThan(1.5);
  expect(leastCollateral(statistics, [0, 1, 2], [1, 1, 1, 1, 1, 1])).toBe(0);
});

/** How far the third landmark, which goes its own way, moves when the first two are dragged together. */
function leastOf(statistics: ReturnType<typeof motionStatistics>): number {
  return leastCollateral(statistics, [0, 1], [3, 4, 3, 4]);
}
