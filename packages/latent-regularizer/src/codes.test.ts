import '@tensorflow/tfjs';
import { createRandom } from '@autodrag/nn';
import { checkGradient, expectClose, expectNoLeak } from '@autodrag/nn/testing';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { tinyStatistics } from '../test/tiny.js';
import { codeStatistics } from './code-statistics.js';
import { perturbCodes } from './perturb-codes.js';
import { regularizerFigures } from './regularizer-figures.js';
import { regularizerLoss } from './regularizer-loss.js';
import { stageOneCodes } from './stage-one-codes.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const number = (x: tf.Tensor) => x.dataSync()[0]!;

describe('codeStatistics', () => {
  it('is the mean and the standard deviation of each channel, the latter with a floor', () => {
    const { average, std } = codeStatistics(
      tf.tensor3d([
        [
          [1, 5],
          [3, 5],
        ],
        [
          [1, 5],
          [3, 5],
        ],
      ]),
      { floor: 0.1 },
    );
    expectClose(average, [2, 5]);
    expectClose(std, [1, 0.05]);
    expect(() => codeStatistics(tf.zeros([1, 4]))).toThrow(
      'codeStatistics: w: expected [..., C] with at least two rows, got [1,4]',
    );
    const w = tf.ones([2, 3, 4]);
    expectNoLeak(() => codeStatistics(w));
  });
});

describe('perturbCodes', () => {
  const statistics = tinyStatistics();
  const w = tf.randomNormal([500, 3, 4], 0, 1, 'float32', 1) as tf.Tensor3D;

  it('sets a share of the edited values to the average', () => {
    const perturbed = perturbCodes(createRandom(1), w, { statistics, editedLayers: 2, sigma: 0 });
    expectClose(tf.slice(perturbed, [0, 2, 0], [500, 1, 4]), tf.slice(w, [0, 2, 0], [500, 1, 4]), 0);
    const dropped = tf.less(tf.abs(tf.sub(perturbed, statistics.average)), 1e-6);
    const kept = tf.less(tf.abs(tf.sub(perturbed, w)), 1e-6);
    expect(number(tf.min(tf.cast(tf.logicalOr(dropped, kept), 'int32')))).toBe(1);
    expect(number(tf.mean(tf.cast(tf.slice(dropped, [0, 0, 0], [500, 2, 4]), 'float32')))).toBeCloseTo(0.25, 1);
  });

  it('adds noise in standard deviations of the channel', () => {
    const perturbed = perturbCodes(createRandom(1), w, { statistics, editedLayers: 3, dropProbability: 0 });
    const noise = tf.div(tf.sub(perturbed, w), statistics.std);
    const rms = tf.sqrt(tf.mean(tf.square(noise), [0, 1]));
    expectClose(rms, [0.3, 0.3, 0.3, 0.3], 0.02);
  });

  it('can draw how much for each code', () => {
    const options = { statistics, editedLayers: 2, dropProbability: 0, severity: 'uniform' } as const;
    const noise = tf.div(tf.sub(perturbCodes(createRandom(1), w, options), w), statistics.std);
    const rms = tf.sqrt(tf.mean(tf.square(tf.slice(noise, [0, 0, 0], [500, 2, 4])), [1, 2]));
    expect(number(tf.min(rms))).toBeLessThan(0.02);
    expect(number(tf.mean(rms))).toBeCloseTo(0.14, 1);
  });

  it('repeats itself with the same seed, leaks nothing and says what is wrong', () => {
    const run = () => perturbCodes(createRandom(5), w, { statistics, editedLayers: 2 });
    expectClose(run(), run(), 0);
    expectNoLeak(run);
    const wrong = (more: object) => () => perturbCodes(createRandom(1), w, { statistics, editedLayers: 2, ...more });
    expect(wrong({ editedLayers: 4 })).toThrow('perturbCodes: editedLayers: expected 1 to 3, the layers of w, got 4');
    expect(wrong({ dropProbability: 2 })).toThrow('expected dropProbability in [0, 1] and sigma >= 0, got 2 and 0.3');
    expect(wrong({ statistics: tinyStatistics(3) })).toThrow('statistics.average: expected [4], got [3]');
  });
});

describe('stageOneCodes', () => {
  const w = tf.zeros([300, 3, 1]) as tf.Tensor3D;
  const other = tf.ones([300, 3, 1]) as tf.Tensor3D;

  it('mixes the edited layers only, in the shares asked for', () => {
    const mixed = stageOneCodes(createRandom(1), w, other, { editedLayers: 2, mixing: 0.3, motion: 0.5 });
    const rows = Array.from(mixed.dataSync());
    let same = 0;
    let replaced = 0;
    for (let b = 0; b < 300; b++) {
      const [first, second, clean] = rows.slice(3 * b, 3 * b + 3);
      expect(first).toBe(second);
      expect(clean).toBe(0);
      if (first === 0) same++;
      if (first === 1) replaced++;
    }
    expect(Math.abs(same / 300 - 0.2)).toBeLessThan(0.07);
    expect(Math.abs(replaced / 300 - 0.3)).toBeLessThan(0.07);
    expectNoLeak(() => stageOneCodes(createRandom(1), w, other, { editedLayers: 2 }));
  });

  it('says what is wrong', () => {
    expect(() => stageOneCodes(createRandom(1), w, other)).toThrow('editedLayers: expected 1 to 3');
    expect(() => stageOneCodes(createRandom(1), w, other, { editedLayers: 2, mixing: 0.8 })).toThrow(
      'expected shares whose sum is at most 1, got 0.8 and 0.4',
    );
  });
});

describe('regularizerLoss', () => {
  it('is the mean absolute difference of the edited layers', () => {
    const restored = tf.tensor3d([
      [
        [1, 2],
        [9, 9],
      ],
    ]);
    const w = tf.tensor3d([
      [
        [2, 4],
        [0, 0],
      ],
    ]);
    expectClose(regularizerLoss(restored, w, { editedLayers: 1 }), [1.5]);
    const statistics = { average: tf.tensor1d([0, 0]), std: tf.tensor1d([1, 4]) };
    expectClose(regularizerLoss(restored, w, { editedLayers: 1, statistics }), [0.75]);
    expectClose(regularizerLoss(restored, w), [(1 + 2 + 9 + 9) / 4]);
    checkGradient((x) => regularizerLoss(x as tf.Tensor3D, w), [restored]);
    // A unit that could be learned would grow, since that lowers the loss.
    const unit = tf.grad((std) =>
      regularizerLoss(restored, w, { editedLayers: 1, statistics: { ...statistics, std: std as tf.Tensor1D } }),
    );
    expectClose(unit(statistics.std), [0, 0], 0);
    expectNoLeak(() => regularizerLoss(restored, w));
    expect(() => regularizerLoss(restored, tf.zeros([1, 3, 2]))).toThrow('regularizerLoss: w: expected [1, 2, 2]');
  });
});

describe('regularizerFigures', () => {
  const initial = tf.tensor3d([
    [[0], [0]],
    [[0], [0]],
  ]);
  const moved = tf.tensor3d([
    [[4], [0]],
    [[2], [0]],
  ]);
  const clean = tf.tensor3d([[[3], [0]]]);
  const perturbed = tf.tensor3d([[[3], [5]]]);

  it('is 1 and 0 for a regularizer that undoes drags, and 0 and 1 for one that does nothing', async () => {
    const input = { initial, moved, clean, perturbed };
    const undo = (w: tf.Tensor3D) => (w === moved ? tf.clone(initial) : tf.clone(clean)) as tf.Tensor3D;
    expect(await regularizerFigures(undo, input)).toEqual({ motion: 1, noise: 0 });
    expect(await regularizerFigures((w) => tf.clone(w), input)).toEqual({ motion: 0, noise: 1 });
    const half = await regularizerFigures((w) => tf.mul(w, 0.5), input);
    expect(half.motion).toBeCloseTo(0.5, 6);
    await expectNoLeak(() => regularizerFigures((w) => tf.clone(w), input));
  });
});
