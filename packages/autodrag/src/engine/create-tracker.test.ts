import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { createRandom } from '@autodrag/nn';
import { beforeAll, describe, expect, it } from 'vitest';
import { distance, type Point } from '../picture/points.js';
import { createTracker } from './create-tracker.js';
import type { Scene } from './engine.js';

beforeAll(() => tf.setBackend('cpu'));

/** Sums of a few waves, moved by (dx, dy) pixels, as maps of several resolutions of a picture of 64 pixels. */
function scene(dx: number, dy: number): Scene {
  const features = Object.fromEntries(
    [16, 32, 64].map((resolution) => {
      const channels = 12;
      const random = createRandom(resolution);
      const waves = Array.from({ length: channels }, () => [
        random.uniform() - 0.5,
        random.uniform() - 0.5,
        random.uniform(),
      ]);
      const data = new Float32Array(resolution * resolution * channels);
      for (let i = 0; i < data.length; i++) {
        const [fx, fy, phase] = waves[i % channels] as [number, number, number];
        const cell = Math.floor(i / channels);
        const x = (((cell % resolution) + 0.5) * 64) / resolution - 0.5 - dx;
        const y = ((Math.floor(cell / resolution) + 0.5) * 64) / resolution - 0.5 - dy;
        data[i] = Math.sin(fx * x + fy * y + 6.28 * phase) + 3; // a mean that says nothing
      }
      return [resolution, tf.tensor4d(data, [1, resolution, resolution, channels])];
    }),
  );
  const picture = { width: 64, height: 64, data: new Uint8ClampedArray() };
  return { picture, features, dispose: () => tf.dispose(features) };
}

const points = [
  { x: 20, y: 30 },
  { x: 40.5, y: 33.25 },
];
const resolutions = [16, 32, 64];
const near = (at: Point) => ({ at, spread: 2, window: 14 });
const moved = (dx: number, dy: number) => points.map(({ x, y }) => ({ x: x + dx, y: y + dy }));

describe('createTracker', () => {
  it('finds points where the features went, whether that was expected or not', async () => {
    const [first, other] = [scene(0, 0), scene(5.3, -3.6)];
    const tracker = await createTracker(first, points, resolutions);
    first.dispose();
    for (const expected of [moved(5.3, -3.6), moved(8, -3), moved(0, 0), moved(-2, 4)]) {
      const found = await tracker.locate(other, expected.map(near));
      found.forEach((point, p) => {
        expect(distance(point, moved(5.3, -3.6)[p] as Point)).toBeLessThan(0.5);
      });
    }
    other.dispose();
  });

  it('does not take a picture that stood still for one that obeyed', async () => {
    const still = scene(0, 0);
    const tracker = await createTracker(still, points, resolutions);
    const found = await tracker.locate(still, moved(9, 4).map(near));
    found.forEach((point, p) => {
      expect(distance(point, points[p] as Point)).toBeLessThan(0.6);
    });
    still.dispose();
  });

  it('searches wide windows coarsely first, keeps to the window and the picture, and leaks nothing', async () => {
    const tensors = tf.memory().numTensors;
    const [first, other] = [scene(0, 0), scene(-18, 9)];
    const tracker = await createTracker(first, points, resolutions);
    const wide = await tracker.locate(
      other,
      moved(0, 0).map((at) => ({ at, spread: 10, window: 60 })),
    );
    expect(distance(wide[1] as Point, moved(-18, 9)[1] as Point)).toBeLessThan(0.6);
    const narrow = await tracker.locate(
      other,
      moved(0, 0).map((at) => ({ at, spread: 2, window: 3 })),
    );
    narrow.forEach((point, p) => {
      expect(Math.abs(point.x - (points[p] as Point).x)).toBeLessThanOrEqual(3.5);
    });
    const corner = await tracker.locate(
      other,
      points.map(() => near({ x: 0, y: 63 })),
    );
    for (const { x, y } of corner) expect(x >= 0 && y <= 63).toBe(true);
    first.dispose();
    other.dispose();
    expect(tf.memory().numTensors).toBe(tensors);
  });
});
