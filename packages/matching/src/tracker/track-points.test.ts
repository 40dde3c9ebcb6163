import * as tf from '@tensorflow/tfjs';
import { beforeAll, expect, it } from 'vitest';
import { waves } from '../../test/waves.js';
import { trackPoints } from './track-points.js';

beforeAll(() => tf.setBackend('cpu'));

it('looks near to where each point was, and says how far it moved', async () => {
  const [before, after] = [[waves(64, 16, 64, 0, 0, 1)], [waves(64, 16, 64, 5, -3, 1)]];
  const tensors = tf.memory().numTensors;
  const [found] = await trackPoints(before, after, [{ x: 20, y: 30 }], { window: 8 });
  expect(found!.x).toBeCloseTo(25, 1);
  expect(found!.y).toBeCloseTo(27, 1);
  expect(found!.distance).toBeCloseTo(Math.hypot(5, 3), 0);
  expect(await trackPoints(before, after, [])).toEqual([]);
  expect(tf.memory().numTensors).toBe(tensors);
});

it('takes points in pixels of the image, whatever the maps', async () => {
  const [before, after] = [{ 32: waves(32, 16, 128, 0, 0, 1) }, { 32: waves(32, 16, 128, 6, 4, 1) }];
  const [found] = await trackPoints(before, after, [{ x: 60, y: 70 }], { imageSize: 128 });
  expect(Math.hypot(found!.x - 66, found!.y - 74)).toBeLessThan(1);
});
