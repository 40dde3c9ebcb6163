import '@tensorflow/tfjs';
import { checkGradient, expectClose, expectNoLeak } from '@autodrag/nn/testing';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { displacementLoss } from './displacement-loss.js';
import { dragLoss } from './drag-loss.js';
import { predictionLoss } from './prediction-loss.js';
import { totalLoss } from './total-loss.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

describe('predictionLoss', () => {
  const predicted = () => tf.tensor4d([[[[1, 2]], [[3, 4]]]]); // [1, 2, 1, 2]
  const truth = () => tf.tensor4d([[[[1, 4]], [[0, 0]]]]);

  it('is the mean absolute difference', () => {
    expectClose(predictionLoss(predicted(), truth()), [9 / 4]);
    expectClose(predictionLoss(predicted(), truth(), { std: tf.tensor1d([1, 2]) }), [(1 + 3 + 2) / 4]);
  });

  it('cannot be lowered by stretching its unit: the standard deviations are no part of what is learned', () => {
    const std = tf.tensor1d([1, 2]);
    const gradient = tf.grad((unit) => predictionLoss(predicted(), truth(), { std: unit as tf.Tensor1D }));
    expectClose(gradient(std), [0, 0], 0);
  });

  it('leaves out masked steps', () => {
    expectClose(predictionLoss(predicted(), truth(), { stepMask: tf.tensor2d([[1, 0]]) }), [1]);
    expectClose(predictionLoss(predicted(), truth(), { stepMask: tf.tensor2d([[0, 0]]) }), [0]);
  });

  it('says what is wrong', () => {
    expect(() => predictionLoss(predicted(), tf.zeros([1, 1, 1, 2]))).toThrow(
      'predictionLoss: truth: expected [1, 2, 1, 2], got [1, 1, 1, 2]',
    );
  });
});

describe('dragLoss', () => {
  const options = { imageResolution: 4, patchSize: 1 };
  const map = (first: number) =>
    tf.tensor4d(
      Array.from({ length: 16 }, (_, k) => first + k),
      [1, 4, 4, 1],
    );
  const at = (...points: [number, number][]) => tf.tensor3d([points]);

  it('is zero where what was at the handle is at the target', () => {
    const before = map(0);
    const after = map(-1); // everything moved one pixel to the right
    const loss = (target: [number, number]) =>
      dragLoss({ before, after, handles: at([1, 1]), targets: at(target) }, options);
    expectClose(loss([2, 1]), [0]);
    expectClose(loss([1, 1]), [1]);
    expectClose(loss([2, 2]), [4]);
  });

  it('is a mean over matches and samples and a sum over steps', () => {
    const before = tf.concat([map(0), map(0)]) as tf.Tensor4D;
    const after = tf.concat([map(0), map(0)]) as tf.Tensor4D;
    const handles = tf.concat([at([0, 0], [1, 0]), at([0, 0], [0, 0])]) as tf.Tensor3D;
    const targets = tf.concat([at([1, 0], [1, 1]), at([3, 0], [2, 2])]) as tf.Tensor3D;
    const pointMask = tf.tensor2d([
      [1, 1],
      [1, 0],
    ]);
    const rows = [(1 + 4) / 2, 3] as const;
    const loss = (more: object) =>
      dragLoss({ before, after, handles, targets, pointMask }, { ...options, steps: 2, ...more });
    expectClose(loss({}), [rows[0] + rows[1]]);
    expectClose(loss({ std: tf.tensor1d([2]) }), [(rows[0] + rows[1]) / 2]);
    const none = tf.zeros([2, 2]) as tf.Tensor2D;
    expectClose(dragLoss({ before, after, handles, targets, pointMask: none }, options), [0]);
  });

  it('teaches the prediction and treats the true features as constant', () => {
    const before = tf.randomNormal([2, 4, 4, 2], 0, 1, 'float32', 1) as tf.Tensor4D;
    const after = tf.randomNormal([2, 4, 4, 2], 0, 1, 'float32', 2) as tf.Tensor4D;
    const handles = tf.tensor3d([[[1.2, 1]], [[3, 0.4]]]);
    const targets = tf.tensor3d([[[2.3, 1.4]], [[1, 2]]]);
    const loss = (a: tf.Tensor, b: tf.Tensor) =>
      dragLoss(
        { before: a as tf.Tensor4D, after: b as tf.Tensor4D, handles, targets },
        { imageResolution: 4, patchSize: 3 },
      );
    checkGradient((x) => loss(before, x), [after], { eps: 1e-3, tol: 2e-2 });
    const [toBefore] = tf.grads(loss)([before, after]);
    expectClose(tf.abs(toBefore!), tf.zerosLike(before), 0);
    expectNoLeak(() => loss(before, after));
  });
});

describe('displacementLoss', () => {
  const moved = () =>
    tf.tensor3d([
      [
        [1, 2],
        [0, 0],
      ],
      [
        [4, 0],
        [9, 9],
      ],
    ]); // [2, 2, 2]
  const wanted = () => tf.zeros([2, 2, 2]) as tf.Tensor3D;

  it('is the distance along both axes in longer sides of the image, a mean over points, then over drags', () => {
    expectClose(displacementLoss(moved(), wanted(), { imageResolution: [10, 5] }), [
      ((1 + 2) / 2 + (4 + 18) / 2) / 2 / 10,
    ]);
    const pointMask = tf.tensor2d([
      [1, 0],
      [1, 0],
    ]);
    expectClose(displacementLoss(moved(), wanted(), { imageResolution: 10, pointMask }), [(3 + 4) / 2 / 10]);
    const none = tf.zeros([2, 2]) as tf.Tensor2D;
    expectClose(displacementLoss(moved(), wanted(), { imageResolution: 10, pointMask: none }), [0]);
  });

  it('says what is wrong', () => {
    expect(() => displacementLoss(moved(), tf.zeros([2, 1, 2]), { imageResolution: 10 })).toThrow(
      'displacementLoss: wanted: expected [2, 2, 2], got [2, 1, 2]',
    );
  });
});

it('totalLoss weighs prediction, drag and displacement', () => {
  const terms = { prediction: tf.scalar(2), drag: tf.scalar(3) };
  expectClose(totalLoss(terms), [3.2]);
  expectClose(totalLoss(terms, { predictionWeight: 1, dragWeight: 0 }), [2]);
  expectClose(totalLoss({ prediction: tf.scalar(2) }), [0.2]);
  expectClose(totalLoss({ ...terms, displacement: tf.scalar(5) }, { displacementWeight: 2 }), [13.2]);
  expectNoLeak(() => totalLoss(terms));
});
