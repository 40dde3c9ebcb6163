import { expectClose, testBackends, useTestBackend } from '@autodrag/nn/testing';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { waves } from '../../test/waves.js';
import { matchFeatures } from './match-features.js';

const maps = (dx: number, dy: number, seed = 2) => ({
  16: waves(16, 12, 64, dx, dy, seed),
  32: waves(32, 12, 64, dx, dy, seed + 1),
  64: waves(64, 12, 64, dx, dy, seed + 2),
});

describe.each(testBackends({ unset: ['cpu'] }))('matchFeatures on %s', (backend) => {
  beforeAll(() => useTestBackend(backend));

  for (const normalize of ['pixel', 'channel', 'none'] as const) {
    it(`finds a motion of many pixels to a fraction of one, and no match where the motion leaves the image: ${normalize}`, async () => {
      const [found] = await matchFeatures(maps(0, 0), maps(13.3, -8.6), { stride: 8, normalize });
      expect(found!.count).toBeGreaterThan(30);
      let good = 0;
      for (let m = 0; m < found!.count; m++) {
        const dx = found!.pointsB[2 * m]! - found!.pointsA[2 * m]!;
        const dy = found!.pointsB[2 * m + 1]! - found!.pointsA[2 * m + 1]!;
        if (Math.hypot(dx - 13.3, dy + 8.6) < 0.5) good++;
      }
      expect(good / found!.count).toBeGreaterThan(0.95);
    });
  }

  it('treats each pair of a batch alone, and is deterministic', async () => {
    const single = await matchFeatures(maps(0, 0), maps(5, 2), { stride: 8 });
    const other = await matchFeatures(maps(0, 0, 9), maps(-6, 4, 9), { stride: 8 });
    const both = (first: Record<number, tf.Tensor4D>, second: Record<number, tf.Tensor4D>) =>
      [16, 32, 64].map((r) => tf.concat([first[r]!, second[r]!]) as tf.Tensor4D);
    const pairs = await matchFeatures(both(maps(0, 0), maps(0, 0, 9)), both(maps(5, 2), maps(-6, 4, 9)), { stride: 8 });
    [single[0]!, other[0]!].forEach((alone, k) => {
      expect(pairs[k]!.pointsA).toEqual(alone.pointsA);
      expectClose(pairs[k]!.pointsB, alone.pointsB, 1e-4);
      expectClose(pairs[k]!.scores, alone.scores, 1e-5);
    });
    expect(await matchFeatures(maps(0, 0), maps(5, 2), { stride: 8 })).toEqual(single);
  });

  it('looks for given points, within a radius', async () => {
    const points = [{ x: 30, y: 31 }];
    const options = { points, smooth: 'none', mutualTolerance: Number.POSITIVE_INFINITY } as const;
    const [far] = await matchFeatures(maps(0, 0), maps(15, 0), options);
    expect(far!.pointsB[0]).toBeCloseTo(45, 0);
    const [near] = await matchFeatures(maps(0, 0), maps(15, 0), { ...options, searchRadius: 5 });
    expect(Math.abs(near!.pointsB[0]! - 30)).toBeLessThan(12);
  });

  it('filters by score, ratio and smoothness', async () => {
    const noise = tf.randomNormal([1, 32, 32, 8], 0, 1, 'float32', 3) as tf.Tensor4D;
    const unrelated = tf.randomNormal([1, 32, 32, 8], 0, 1, 'float32', 8) as tf.Tensor4D;
    const loose = { mutualTolerance: Number.POSITIVE_INFINITY, smooth: 'none', stride: 3 } as const;
    const [all] = await matchFeatures([noise], [unrelated], loose);
    expect(all!.count).toBe(121);
    for (const filter of [
      { minScore: 0.99 },
      { ratio: 0.5 },
      { smooth: 'median' },
      { smooth: 'gms' },
      { mutualTolerance: 0.5 },
    ] as const) {
      const [kept] = await matchFeatures([noise], [unrelated], { ...loose, ...filter });
      expect(kept!.count, JSON.stringify(filter)).toBeLessThan(90);
      const [same] = await matchFeatures([noise], [noise], { ...loose, ...filter });
      expect(same!.count, JSON.stringify(filter)).toBeGreaterThan(100);
    }
  });

  it('of a bar keeps the corners: its sides let a match slide, and the ground has nothing', async () => {
    // The bar of 24 x 12 pixels in the middle; channels differ in height only, so that they cannot tell one place from
    // another.
    const bar = tf.tidy(() => {
      const inside = tf.pad(tf.ones([12, 24]), [
        [26, 26],
        [20, 20],
      ]);
      return tf.reshape(tf.stack([inside, tf.mul(inside, 0.5)], 2), [1, 64, 64, 2]) as tf.Tensor4D;
    });
    const options = {
      stride: 2,
      normalize: 'none',
      smooth: 'none',
      mutualTolerance: Number.POSITIVE_INFINITY,
    } as const;
    const [corners] = await matchFeatures([bar], [bar], { ...options, distinct: 0.03 });
    expect(corners!.count).toBeGreaterThan(7);
    expect(corners!.count).toBeLessThan(60);
    for (let m = 0; m < corners!.count; m++) {
      const dx = Math.min(Math.abs(corners!.pointsA[2 * m]! - 19.5), Math.abs(corners!.pointsA[2 * m]! - 43.5));
      const dy = Math.min(Math.abs(corners!.pointsA[2 * m + 1]! - 25.5), Math.abs(corners!.pointsA[2 * m + 1]! - 37.5));
      expect(Math.max(dx, dy)).toBeLessThan(4);
    }
    await expect(matchFeatures([bar], [bar], { distinct: 0 })).rejects.toThrow('distinct: expected');
  });

  it('survives flat and tiny maps and leaks nothing', async () => {
    const flat = tf.zeros([1, 16, 16, 4]) as tf.Tensor4D;
    const tiny = tf.ones([1, 1, 1, 3]) as tf.Tensor4D;
    const tensors = tf.memory().numTensors;
    for (const normalize of ['pixel', 'channel', 'none'] as const) {
      for (const map of [flat, tiny]) {
        const [found] = await matchFeatures([map], [map], { normalize, imageSize: 64 });
        for (const value of [...found!.pointsB, ...found!.scores]) expect(Number.isFinite(value)).toBe(true);
      }
    }
    await expect(matchFeatures([flat], [tiny])).rejects.toThrow('feature map 0 of B');
    await expect(matchFeatures([flat], [flat], { stride: 0 })).rejects.toThrow('stride: expected');
    expect((await matchFeatures([flat], [flat], { points: [] }))[0]!.count).toBe(0);
    expect(tf.memory().numTensors).toBe(tensors);
  });
});
