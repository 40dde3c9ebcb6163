import '@tensorflow/tfjs';
import { expectClose } from '@autodrag/nn/testing';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, expect, it } from 'vitest';
import { fourierFeatures } from './fourier-features.js';
import { packPoints } from './pack-points.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const pair = { handle: { x: 1, y: 2 }, target: { x: 3, y: 4 } };

it('pads drags to the longest one and masks the padding', () => {
  const { handles, targets, pointMask } = packPoints([[pair], [pair, pair]]);
  expectClose(handles, tf.tensor3d([1, 2, 0, 0, 1, 2, 1, 2], [2, 2, 2]));
  expectClose(targets, tf.tensor3d([3, 4, 0, 0, 3, 4, 3, 4], [2, 2, 2]));
  expectClose(pointMask, tf.tensor2d([1, 0, 1, 1], [2, 2]));
  expect(packPoints([[]]).pointMask.shape).toEqual([1, 1]);
  expect(packPoints([[pair]], { padTo: 4 }).handles.shape).toEqual([1, 4, 2]);
});

it('says what is wrong', () => {
  expect(() => packPoints([[pair, pair]], { maxPoints: 1 })).toThrow(
    'packPoints: expected at most 1 points a drag, got 2',
  );
  expect(() => packPoints([[{ ...pair, target: { x: Number.NaN, y: 0 } }]])).toThrow('expected finite coordinates');
});

it('encodes coordinates by sines and cosines of octaves', () => {
  const features = fourierFeatures(tf.tensor2d([[0.25, -0.5]]), 2);
  const angles = [Math.PI / 4, Math.PI / 2, -Math.PI / 2, -Math.PI];
  const strength = (value: number, k: number) => value / 2 ** (k % 2);
  const [sines, cosines] = [angles.map(Math.sin).map(strength), angles.map(Math.cos).map(strength)];
  expectClose(features, [0.25, -0.5, ...sines, ...cosines], 1e-6);
});
