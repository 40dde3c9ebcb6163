import '@tensorflow/tfjs';
import { expectClose, expectNoLeak } from '@autodrag/nn/testing';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { joinCodes } from './join-codes.js';
import { motionSequence } from './motion-sequence.js';
import { stepLambda } from './step-lambda.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

// Two layers, the first one edited; one channel.
const w0 = () => tf.tensor3d([[[0], [7]]]);
const wStar = () => tf.tensor3d([[[8], [9]]]);

describe('motionSequence', () => {
  it('goes toward w* in shrinking steps', () => {
    const codes = motionSequence(w0(), wStar(), { steps: 3, lambda: 0.5, editedLayers: 1 });
    expect(codes.shape).toEqual([1, 4, 1, 1]);
    expectClose(codes, [0, 4, 6, 7]);
  });

  it('goes away from w* in growing steps, as Eq. 7 is printed', () => {
    const codes = motionSequence(w0(), wStar(), { steps: 3, lambda: 0.5, direction: 'away', editedLayers: 1 });
    // w_i = w_(i-1) - 0.5 (8 - w_(i-1))
    expectClose(codes, [0, -4, -10, -19]);
  });

  it('goes in equal steps', () => {
    const options = { steps: 2, lambda: 0.25, spacing: 'linear', editedLayers: 1 } as const;
    expectClose(motionSequence(w0(), wStar(), options), [0, 2, 4]);
    expectClose(motionSequence(w0(), wStar(), { ...options, direction: 'away' }), [0, -2, -4]);
  });

  it('takes a lambda for each sample, also 1', () => {
    const start = tf.concat([w0(), w0()]) as tf.Tensor3D;
    const end = tf.concat([wStar(), wStar()]) as tf.Tensor3D;
    const lambda = tf.tensor1d([0.5, 1]);
    const options = { steps: 2, lambda, editedLayers: 1 };
    expectClose(motionSequence(start, end, options), [0, 4, 6, 0, 8, 8]);
    expectClose(motionSequence(start, end, { ...options, direction: 'away' }), [0, -4, -10, 0, -8, -24]);
    expectClose(motionSequence(start, end, { ...options, spacing: 'linear' }), [0, 4, 8, 0, 8, 16]);
    expectNoLeak(() => motionSequence(start, end, options));
  });

  it('says what is wrong', () => {
    expect(() => motionSequence(w0(), wStar(), { lambda: 0.5 })).toThrow('editedLayers: expected 1 to 2');
    expect(() => motionSequence(w0(), tf.zeros([1, 3, 1]), { lambda: 0.5 })).toThrow('wStar: expected [1, 2, 1]');
    expect(() => motionSequence(w0(), wStar(), { lambda: 0.5, steps: 0 })).toThrow('steps: expected a positive');
  });
});

describe('stepLambda', () => {
  it('covers the total in any number of steps, in both directions and spacings', () => {
    for (const direction of ['toward', 'away'] as const) {
      for (const spacing of ['geometric', 'linear'] as const) {
        for (const steps of [1, 2, 5]) {
          const lambda = stepLambda(0.75, steps, { direction, spacing });
          const codes = motionSequence(w0(), wStar(), { steps, lambda, direction, spacing, editedLayers: 1 });
          expectClose(tf.slice(codes, [0, steps, 0, 0], [1, 1, 1, 1]), [direction === 'toward' ? 6 : -6]);
          const each = stepLambda(tf.tensor1d([0.75, 0.1]), steps, { direction, spacing });
          expectClose(each, [lambda, stepLambda(0.1, steps, { direction, spacing })]);
        }
      }
    }
    expect(stepLambda(1, 5)).toBe(1);
  });

  it('says what is wrong', () => {
    expect(() => stepLambda(1.5, 5)).toThrow('stepLambda: total: expected 0 to 1 toward w*, got 1.5');
    expect(() => stepLambda(0.5, 0)).toThrow('stepLambda: steps: expected a positive whole number, got 0');
    expect(stepLambda(3, 2, { direction: 'away' })).toBe(1);
  });
});

describe('joinCodes', () => {
  it('adds the kept layers to every step', () => {
    const codes = motionSequence(w0(), wStar(), { steps: 1, lambda: 0.5, editedLayers: 1 });
    expectClose(
      joinCodes(codes, w0()),
      tf.tensor4d([
        [
          [[0], [7]],
          [[4], [7]],
        ],
      ]),
    );
    const all = joinCodes(tf.ones([1, 2, 2, 1]), w0());
    expectClose(all, [1, 1, 1, 1]);
    const w = w0();
    expectNoLeak(() => joinCodes(codes, w));
  });
});
