import { testBackends, useTestBackend } from '@autodrag/nn/testing';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { waves } from '../../test/waves.js';
import { createPointTracker } from './create-point-tracker.js';
import type { Point } from './point.js';

/** Maps of several resolutions of an image of 64 pixels that has moved by (dx, dy). */
const maps = (dx: number, dy: number) => ({
  16: waves(16, 12, 64, dx, dy, 1),
  32: waves(32, 12, 64, dx, dy, 2),
  64: waves(64, 12, 64, dx, dy, 3),
});
const points = [
  { x: 20, y: 30 },
  { x: 40.5, y: 33.25 },
];
const moved = (dx: number, dy: number) => points.map(({ x, y }) => ({ x: x + dx, y: y + dy }));
const around = (places: Point[], window = 14) => places.map((place) => ({ around: place, window }));
const distance = (a: Point, b: Point) => Math.hypot(a.x - b.x, a.y - b.y);

describe.each(testBackends({ unset: ['cpu'] }))('createPointTracker on %s', (backend) => {
  beforeAll(() => useTestBackend(backend));

  it('finds points where the features went, wherever it begins to look', async () => {
    const tracker = await createPointTracker(maps(0, 0), points);
    for (const middle of [moved(5.3, -3.6), moved(8, -3), moved(0, 0), moved(-2, 4)]) {
      const found = await tracker.locate(maps(5.3, -3.6), around(middle));
      found.forEach((point, p) => {
        expect(distance(point, moved(5.3, -3.6)[p]!)).toBeLessThan(0.3);
        expect(point.cost).toBeLessThan(0.02);
      });
    }
  });

  it('takes nothing that stood still for something that obeyed', async () => {
    const still = maps(0, 0);
    const tracker = await createPointTracker(still, points);
    const searches = moved(9, 4).map((to) => ({ around: to, window: 14, to }));
    for (const [p, point] of (await tracker.locate(still, searches)).entries()) {
      expect(distance(point, points[p]!)).toBeLessThan(0.3);
      expect(point.distance).toBeCloseTo(Math.hypot(9, 4), 0);
    }
  });

  it('gives a distance that grows with the doubt: none where the match is perfect, more the less alike it is', async () => {
    const first = maps(0, 0);
    const tracker = await createPointTracker(first, points);
    const noisy = (share: number) =>
      Object.fromEntries(
        Object.entries(first).map(([r, map], i) => [
          r,
          tf.add(map, tf.randomNormal(map.shape, 0, share, 'float32', i + 7)) as tf.Tensor4D,
        ]),
      );
    const distances: number[] = [];
    for (const share of [0, 0.3, 0.6, 1.2]) {
      const found = await tracker.locate(noisy(share), around(points));
      distances.push(found[0]!.distance);
    }
    expect(distances[0]).toBeLessThan(0.01);
    expect(distances).toEqual([...distances].sort((a, b) => a - b));
    expect(distances[3]).toBeGreaterThan(1);
  });

  it('searches wide windows coarsely first, keeps to the window and the image, and leaks nothing', async () => {
    const [first, other] = [maps(0, 0), maps(-18, 9)];
    const tensors = tf.memory().numTensors;
    const tracker = await createPointTracker(first, points);
    const wide = await tracker.locate(other, around(points, 60));
    expect(distance(wide[1]!, moved(-18, 9)[1]!)).toBeLessThan(0.3);
    for (const [p, { x, y }] of (await tracker.locate(other, around(points, 3))).entries()) {
      expect(Math.max(Math.abs(x - points[p]!.x), Math.abs(y - points[p]!.y))).toBeLessThan(3 + 1);
    }
    for (const { x, y } of await tracker.locate(
      other,
      around([
        { x: 0, y: 63 },
        { x: 63, y: 0 },
      ]),
    )) {
      expect(Math.min(x, y)).toBeGreaterThanOrEqual(0);
      expect(Math.max(x, y)).toBeLessThanOrEqual(63);
    }
    expect(tf.memory().numTensors).toBe(tensors);
  });

  it('says what is wrong, and never takes what is no number for a hit', async () => {
    const map = waves(8, 2, 8, 0, 0, 1);
    const tracker = await createPointTracker([map], [{ x: 1, y: 1 }]);
    const broken = tf.fill([1, 8, 8, 2], Number.NaN) as tf.Tensor4D;
    const locate = (features: tf.Tensor4D[], search = { around: { x: 1, y: 1 }, window: 2 }) =>
      tracker.locate(features, [search]);
    await expect(locate([broken])).rejects.toThrow('locate: features: expected finite values');
    await expect(createPointTracker([broken], [])).rejects.toThrow('expected finite values');
    await expect(locate([waves(8, 3, 8, 0, 0, 1)])).rejects.toThrow('expected maps [1, 8, 8, 2] as of the first image');
    await expect(locate([map], { around: { x: 1, y: 1 }, window: 0 })).rejects.toThrow('window: expected a positive');
    await expect(locate([map], { around: { x: Number.NaN, y: 1 }, window: 2 })).rejects.toThrow('(NaN, 1) is no place');
    await expect(tracker.locate([map], [])).rejects.toThrow('searches: expected 1, got 0');
    await expect(createPointTracker([], [])).rejects.toThrow('at least one feature map');
    await expect(createPointTracker([map], [{ x: 1, y: Number.POSITIVE_INFINITY }])).rejects.toThrow('point 0 is');
    await expect(createPointTracker([map], [], { imageSize: 0 })).rejects.toThrow('imageSize: expected positive sizes');
  });
});
