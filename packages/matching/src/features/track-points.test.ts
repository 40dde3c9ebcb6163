import { testBackends, useTestBackend } from '@autodrag/nn/testing';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { waves } from '../../test/waves.js';
import { trackPoints, trackPointsTensor } from './track-points.js';

describe.each(testBackends({ unset: ['cpu'] }))('trackPoints on %s', (backend) => {
  beforeAll(() => useTestBackend(backend));

  const points = [
    { x: 20, y: 30 },
    { x: 40.5, y: 33.25 },
    { x: 31, y: 18 },
  ];

  it('finds a whole-pixel shift exactly to where the features are equal', async () => {
    const before = waves(64, 16, 64, 0, 0, 1);
    const after = waves(64, 16, 64, 5, -3, 1);
    const [first] = await trackPoints([before], [after], points, { window: 8, normalize: 'none', subPixel: 'none' });
    expect(first!.x).toBe(25);
    expect(first!.y).toBe(27);
    expect(first!.cost).toBeLessThan(1e-4);
  });

  for (const normalize of ['pixel', 'channel', 'none'] as const) {
    for (const subPixel of ['parabola', 'softmin'] as const) {
      it(`finds sub-pixel shifts over maps of several resolutions: ${normalize}, ${subPixel}`, async () => {
        const maps = (dx: number, dy: number) => ({
          32: waves(32, 12, 64, dx, dy, 2),
          64: waves(64, 12, 64, dx, dy, 3),
        });
        const found = await trackPoints(maps(0, 0), maps(4.4, -2.7), points, { window: 7, normalize, subPixel });
        for (const [k, { x, y }] of found.entries()) {
          const limit = subPixel === 'parabola' ? 0.12 : 0.35;
          expect(Math.abs(x - points[k]!.x - 4.4)).toBeLessThan(limit);
          expect(Math.abs(y - points[k]!.y + 2.7)).toBeLessThan(limit);
        }
      });
    }
  }

  it('computes the cost of a bilinearly enlarged map', async () => {
    // One 4 x 4 map on an 8 x 8 image: all 3 x 3 places around pixel (3, 3) against resizeBilinear.
    const before = tf.randomNormal([1, 4, 4, 3], 0, 1, 'float32', 4) as tf.Tensor4D;
    const after = tf.randomNormal([1, 4, 4, 3], 0, 1, 'float32', 5) as tf.Tensor4D;
    const large = (map: tf.Tensor4D) => tf.image.resizeBilinear(map, [8, 8], false, true).arraySync() as number[][][][];
    const a = large(before)[0]!;
    const b = large(after)[0]!;
    for (const [x, y] of [
      [3, 3],
      [0, 7],
      [5, 1],
    ] as const) {
      let best = Number.POSITIVE_INFINITY;
      let at = [0, 0];
      for (let v = Math.max(0, y - 1); v <= Math.min(7, y + 1); v++) {
        for (let u = Math.max(0, x - 1); u <= Math.min(7, x + 1); u++) {
          const cost = a[y]![x]!.reduce((sum, value, c) => sum + (value - b[v]![u]![c]!) ** 2, 0);
          if (cost < best) {
            best = cost;
            at = [u, v];
          }
        }
      }
      const options = { imageSize: 8, window: 1, step: 1, normalize: 'none', subPixel: 'none' } as const;
      const [found] = await trackPoints([before], [after], [{ x, y }], options);
      expect([found!.x, found!.y]).toEqual(at);
      expect(found!.cost).toBeCloseTo(best, 4);
    }
  });

  it('batches', () => {
    const before = tf.concat([waves(32, 4, 32, 0, 0, 1), waves(32, 4, 32, 0, 0, 5)]) as tf.Tensor4D;
    const after = tf.concat([waves(32, 4, 32, 2, 1, 1), waves(32, 4, 32, -1, 3, 5)]) as tf.Tensor4D;
    const query = tf.tensor3d([
      [
        [10, 12],
        [15, 15],
      ],
      [
        [12, 12],
        [20, 14],
      ],
    ]);
    const found = trackPointsTensor([before], [after], query, { window: 5, subPixel: 'none' }).arraySync();
    for (const [b, [dx, dy]] of [
      [0, [2, 1]],
      [1, [-1, 3]],
    ] as const) {
      for (let n = 0; n < 2; n++) {
        const [qx, qy] = (query.arraySync() as number[][][])[b]![n]!;
        expect(found[b]![n]![0]).toBeCloseTo(qx! + dx, 1);
        expect(found[b]![n]![1]).toBeCloseTo(qy! + dy, 1);
      }
    }
  });

  it('averages over a patch, so that one odd feature does not decide', async () => {
    const before = waves(32, 12, 32, 0, 0, 1);
    const shifted = (waves(32, 12, 32, 3, 0, 1).arraySync() as number[][][][])[0]!;
    const target = shifted[16]![19]!;
    shifted[16]![19] = target.map((value) => value + 0.3); // spoilt
    shifted[12]![14] = target; // a decoy
    const after = tf.tensor4d([shifted]);
    const options = { window: 5, normalize: 'none', subPixel: 'none' } as const;
    const [single] = await trackPoints([before], [after], [{ x: 16, y: 16 }], options);
    expect([single!.x, single!.y]).toEqual([14, 12]);
    const [patch] = await trackPoints([before], [after], [{ x: 16, y: 16 }], { ...options, patch: 1 });
    expect([patch!.x, patch!.y]).toEqual([19, 16]);
  });

  it('stays inside the image, takes no points, and leaks nothing', async () => {
    const before = waves(16, 4, 16, 0, 0, 1);
    const after = waves(16, 4, 16, 9, 9, 1);
    const tensors = tf.memory().numTensors;
    const [found] = await trackPoints([before], [after], [{ x: 15, y: 15 }], { window: 6 });
    expect(found!.x).toBeLessThanOrEqual(15);
    expect(found!.y).toBeLessThanOrEqual(15);
    expect(await trackPoints([before], [after], [])).toEqual([]);
    expect(tf.memory().numTensors).toBe(tensors);
  });

  it('says what is wrong', async () => {
    const map = waves(8, 2, 8, 0, 0, 1);
    const other = waves(8, 3, 8, 0, 0, 1);
    const call = (b: tf.Tensor4D, options = {}, x = 1) => trackPoints([map], [b], [{ x, y: 1 }], options);
    await expect(call(other)).rejects.toThrow(
      'trackPoints: feature map 0 of B: expected [1, 8, 8, 2], got [1, 8, 8, 3]',
    );
    await expect(call(map, { window: -1 })).rejects.toThrow('window: expected a positive number');
    await expect(call(map, { weights: [0] })).rejects.toThrow('weights: all are 0');
    await expect(call(map, {}, Number.NaN)).rejects.toThrow('point 0 is (NaN, 1)');
    await expect(trackPoints([], [], [{ x: 1, y: 1 }])).rejects.toThrow('at least one feature map');
  });
});
