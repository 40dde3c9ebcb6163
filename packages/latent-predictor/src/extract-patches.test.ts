import '@tensorflow/tfjs';
import { checkGradient, expectClose, expectNoLeak } from '@autodrag/nn/testing';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, expect, it } from 'vitest';
import { extractPatches } from './extract-patches.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

/** A map whose value is `10 row + column`, of which bilinear sampling is exact. */
const ramp = (height: number, width: number) =>
  tf.tensor4d(
    Array.from({ length: height * width }, (_, k) => 10 * Math.floor(k / width) + (k % width)),
    [1, height, width, 1],
  );

it('samples around points, with the image and the map of one size', () => {
  const patches = extractPatches(ramp(6, 6), tf.tensor3d([[[2, 3]], [[2.25, 3.5]]]), {
    imageResolution: 6,
    patchSize: 3,
  });
  expect(patches.shape).toEqual([2, 1, 9, 1]);
  const around = (value: number) => [-11, -10, -9, -1, 0, 1, 9, 10, 11].map((offset) => value + offset);
  expectClose(patches, [...around(32), ...around(37.25)]);
});

it('maps pixel centres to the centres of feature pixels, in both axes', () => {
  // Image pixels 0 and 1 lie half a pixel left and right of the centre of feature pixel 0 ... at -0.25 and 0.25.
  const points = tf.tensor3d([
    [
      [4.5, 4.5],
      [5, 6.5],
    ],
  ]);
  const patches = extractPatches(ramp(4, 8), points, { imageResolution: [8, 16], patchSize: 1 });
  expectClose(patches, [10 * 2 + 2, 10 * 3 + 2.25]);
});

it('continues the values of the border', () => {
  const patches = extractPatches(
    ramp(3, 3),
    tf.tensor3d([
      [
        [0, 0],
        [2, 2],
        [-9, 1],
      ],
    ]),
    {
      imageResolution: 3,
      patchSize: 3,
    },
  );
  expectClose(
    patches,
    [
      [0, 0, 1, 0, 0, 1, 10, 10, 11],
      [11, 12, 12, 21, 22, 22, 21, 22, 22],
      [0, 0, 0, 10, 10, 10, 20, 20, 20],
    ].flat(),
  );
});

it('gives several sets of points to each map', () => {
  const maps = tf.concat([ramp(4, 4), tf.add(ramp(4, 4), 100)]) as tf.Tensor4D;
  const points = tf.tensor3d([[[1, 1]], [[2, 1]], [[1, 1]], [[2, 2]]]);
  expectClose(extractPatches(maps, points, { imageResolution: 4, patchSize: 1 }), [11, 12, 111, 122]);
});

it('is differentiable in the features', () => {
  const features = tf.randomNormal([2, 4, 4, 2]) as tf.Tensor4D;
  const points = tf.tensor3d([
    [
      [1.3, 2.6],
      [0, 3],
    ],
    [
      [2, 2],
      [3.7, 0.1],
    ],
  ]);
  checkGradient((x) => extractPatches(x as tf.Tensor4D, points, { imageResolution: 4, patchSize: 3 }), [features]);
  expectNoLeak(() => extractPatches(features, points, { imageResolution: 4 }));
});

it('says what is wrong', () => {
  const options = { imageResolution: 4, patchSize: 3 };
  expect(() => extractPatches(ramp(4, 4), tf.zeros([1, 2, 3]), options)).toThrow(
    'extractPatches: points: expected [B, P, 2], got [1, 2, 3]',
  );
  const three = tf.concat([ramp(4, 4), ramp(4, 4)]) as tf.Tensor4D;
  expect(() => extractPatches(three, tf.zeros([3, 1, 2]), options)).toThrow('points: expected a multiple of 2 sets');
  expect(() => extractPatches(ramp(4, 4), tf.zeros([1, 1, 2]), { ...options, patchSize: 2 })).toThrow(
    'patchSize: expected an odd number, got 2',
  );
});
