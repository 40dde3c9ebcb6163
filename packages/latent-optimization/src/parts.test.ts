import { checkGradient, expectClose } from '@autodrag/nn/testing';
import * as tf from '@tensorflow/tfjs';
import { expect, test } from 'vitest';
import { absolute } from './absolute.js';
import { featureStep } from './feature-step.js';
import { templateShare } from './free-drag.js';
import { chooseCandidate, searchLine } from './locate-point.js';
import { maskLoss } from './mask-loss.js';
import { pixelsAround } from './motion-supervision.js';
import { roundHalfEven } from './round-half-even.js';
import { enlarging, sampleFeatures, tapsAt } from './sample-features.js';
import { nearestPixels, trackingAround } from './track-points.js';

test('rounds halves to even', () => {
  expect([0.5, 1.5, 2.5, 0.75, 0.4, 6].map(roundHalfEven)).toEqual([0, 2, 2, 1, 0, 6]);
});

test('the gradient of an absolute value is 0 at 0', () => {
  const gradient = tf.grad((x) => tf.sum(absolute(x)))(tf.tensor1d([-2, 0, 3]));
  expect([...gradient.dataSync()]).toEqual([-1, 0, 1]);
});

test('samples an enlarged map as tfjs enlarges it, without making it', () => {
  const map = tf.randomUniform([1, 5, 4, 3], -1, 1, 'float32', 3) as tf.Tensor4D;
  const picture = { height: 15, width: 10 };
  const large = tf.image.resizeBilinear(map, [15, 10], false, true);
  const places = Array.from({ length: 150 }, (_, i) => [Math.floor(i / 10), i % 10] as const);
  expectClose(sampleFeatures(map, tapsAt(places, picture, { height: 5, width: 4 })), tf.reshape(large, [150, 3]), 1e-5);
  // between pixels, and a quarter outside
  const [between, outside] = [
    [2.25, 3.5],
    [-0.25, 3],
  ] as const;
  const at = (row: number, column: number) => [...tf.slice(large, [0, row, column, 0], [1, 1, 1, 3]).dataSync()];
  const mix = [0, 1, 2].map((c) => 0.375 * (at(2, 3)[c]! + at(2, 4)[c]!) + 0.125 * (at(3, 3)[c]! + at(3, 4)[c]!));
  expectClose(
    sampleFeatures(map, tapsAt([between, outside], picture, { height: 5, width: 4 })),
    [...mix, ...at(0, 3).map((value) => 0.75 * value)],
    1e-5,
  );
  const matrix = tf.matMul(enlarging(15, 5), tf.reshape(map, [5, 12]));
  const tall = tf.image.resizeBilinear(map, [15, 4], false, true);
  expectClose(tf.reshape(matrix, [-1]), tf.reshape(tall, [-1]), 1e-5);
});

test('gradients of samples and of the mask loss', () => {
  const map = tf.randomUniform([1, 3, 3, 2], -1, 1, 'float32', 4) as tf.Tensor4D;
  const taps = tapsAt(
    [
      [0.3, 4.2],
      [5, 1],
    ],
    { height: 6, width: 6 },
    { height: 3, width: 3 },
  );
  checkGradient((x) => sampleFeatures(x as tf.Tensor4D, taps), [map]);
  const first = tf.add(map, 2) as tf.Tensor4D; // far from the kink
  const mask = tf.randomUniform([6, 6, 1], 0, 1, 'float32', 5) as tf.Tensor3D;
  checkGradient((x) => maskLoss(x as tf.Tensor4D, first, mask), [map]);
  expectClose(maskLoss(map, first, mask), 2 * tf.mean(mask).dataSync()[0]!, 1e-5);
});

test('the supervised region leans to the upper left, and is never empty', () => {
  const size = { height: 128, width: 128 };
  expect(pixelsAround([40, 52], 1, size)).toEqual([
    [39, 51],
    [39, 52],
    [40, 51],
    [40, 52],
  ]);
  for (let p = 0; p < 128; p++) expect(pixelsAround([p, 127 - p], 1, size).length).toBeGreaterThan(0);
  const line = (i: number) => (i * 512) / 511;
  const all = Array.from({ length: 512 * 512 }, (_, i) => [Math.floor(i / 512), i % 512] as const);
  const near = all.filter(([i, j]) => Math.hypot(line(i) - 100, line(j) - 300) < 3);
  expect(pixelsAround([100, 300], 3, { height: 512, width: 512 })).toEqual(near);
});

test('tracking takes the first of equal pixels, in a window that the border cuts', () => {
  const size = { height: 8, width: 8 };
  const tracking = trackingAround([[1, 7]], 2, size, size);
  expect(tracking.windows).toEqual([{ top: 0, left: 5, height: 4, width: 3 }]);
  const values = new Float32Array(12).fill(4);
  values[5] = 1;
  values[7] = 1;
  expect(nearestPixels(tracking, values, [Float32Array.of(0)])).toEqual([[1, 7]]);
});

test('FreeDrag: where the next sub-motion goes', () => {
  const at = { current: [10, 10], target: [10, 30] } as const;
  const on = searchLine({ ...at, lossBegin: 0, lossEnd: 0.1 }, 3, 0.3)!;
  expect(on.candidates).toHaveLength(10);
  expectClose(on.candidates[9]!, [10, 13]);
  expectClose(on.candidates[0]!, [10, 10.3]);
  expect(chooseCandidate(on, [0.1, 0.2, 0.28, 0.33, 0.5, 0.6, 0.7, 0.8, 0.9, 1])).toBe(on.candidates[2]);
  expect(searchLine({ ...at, lossBegin: 0.3, lossEnd: 0.2 }, 3, 0.3)).toBeNull();
  const back = searchLine({ ...at, lossBegin: 0.2, lossEnd: 0.25 }, 3, 0.3)!;
  expectClose(back.candidates[9]!, [10, 13]);
  expectClose(back.candidates[0]!, [10, 7.6]);
  expect(chooseCandidate(back, [0.5, 0.4, 0.1, 0.1, 0.2, 0.3, 0.3, 0.3, 0.3, 0.3])).toBe(back.candidates[2]);
  // never beyond the target
  expectClose(
    searchLine({ current: [0, 0], target: [0, 1], lossBegin: 0, lossEnd: 0 }, 3, 0.3)!.candidates[9]!,
    [0, 1],
  );
});

test('FreeDrag: how much of the new features the template takes', () => {
  expect(templateShare(0.06, 0.3)).toBeCloseTo(0.5, 6);
  expect(templateShare(0.24, 0.3)).toBeCloseTo(0.1, 6);
});

test('the step of the features: a ramp changes by its slope', () => {
  const ramp = tf.tile(tf.reshape(tf.range(0, 6), [1, 1, 6, 1]), [1, 6, 1, 1]) as tf.Tensor4D;
  expect(featureStep(ramp, { distance: 2 }).dataSync()[0]).toBeCloseTo(1, 6); // 2 along rows, 0 along columns
  expect(() => featureStep(ramp, { distance: 6 })).toThrow(
    'featureStep: distance: expected from 1 to 5 feature pixels',
  );
});
