import '@tensorflow/tfjs';
import { channelStatistics, createAdam, createRandom, disposeParameters, valueAndGrads } from '@autodrag/nn';
import { checkGradient, expectClose, expectNoLeak } from '@autodrag/nn/testing';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { displacementLoss } from './displacement-loss.js';
import { createMotionFieldParameters, motionField } from './motion-field.js';

const sizes = { wDim: 4, editedLayers: 2, imageResolution: 64, fourierFrequencies: 3 } as const;

beforeAll(async () => {
  await tf.setBackend('cpu');
});

function fresh(width = 24) {
  const random = createRandom(3);
  const statistics = channelStatistics(random.normalTensor([64, 2, 4]) as tf.Tensor3D);
  return { random, parameters: createMotionFieldParameters(random, sizes, statistics, { width, blocks: 1 }) };
}

describe('motionField', () => {
  it('moves nothing where the code does not move', () => {
    const { random, parameters } = fresh();
    const start = random.normalTensor([2, 2, 4]) as tf.Tensor3D;
    const points = random.uniformTensor([2, 3, 2], 0, 63) as tf.Tensor3D;
    expectClose(motionField(parameters, sizes, { start, codes: tf.clone(start), points }), tf.zeros([2, 3, 2]), 0);
  });

  it('is differentiable in the codes, and leaves no tensor behind', () => {
    const { random, parameters } = fresh();
    const [start, codes] = [random.normalTensor([2, 2, 4]), random.normalTensor([2, 2, 4])] as tf.Tensor3D[];
    const points = random.uniformTensor([2, 3, 2], 0, 63) as tf.Tensor3D;
    const at = (x: tf.Tensor) =>
      tf.tidy(
        () => tf.sum(motionField(parameters, sizes, { start: start!, codes: x as tf.Tensor3D, points })) as tf.Scalar,
      );
    checkGradient(at, [codes!], { eps: 1e-2, tol: 2e-2 });
    expectNoLeak(() => at(codes!));
  });

  it('learns where a code takes points, also points and codes that it has not seen', () => {
    const { random, parameters: initial } = fresh();
    // The first channel slides the picture; the second one turns it about its middle.
    const batch = (count: number) => {
      const start = random.normalTensor([count, 2, 4]) as tf.Tensor3D;
      const codes = random.normalTensor([count, 2, 4]) as tf.Tensor3D;
      const points = random.uniformTensor([count, 6, 2], 0, 63) as tf.Tensor3D;
      const change = tf.slice(tf.sub(codes, start), [0, 0, 0], [count, 1, 2]);
      const [slide, turn] = tf.split(change, 2, 2);
      const [x, y] = tf.split(tf.sub(points, 31.5), 2, 2);
      const wanted = tf.concat(
        [tf.sub(tf.mul(slide!, 6), tf.mul(tf.mul(turn!, y!), 0.1)), tf.mul(tf.mul(turn!, x!), 0.1)],
        2,
      ) as tf.Tensor3D;
      return { start, codes, points, wanted };
    };
    const adam = createAdam({ clipNorm: 1 });
    let parameters = initial;
    let state = adam.init(parameters);
    for (let step = 0; step < 250; step++) {
      const { wanted, ...input } = batch(16);
      const { value, grads } = valueAndGrads(
        (p) => displacementLoss(motionField(p, sizes, input), wanted, { imageResolution: 64 }),
        parameters,
      );
      const update = adam.update(parameters, grads, state, { learningRate: step < 150 ? 1e-2 : 2e-3 });
      for (const old of [parameters, state]) disposeParameters(old);
      tf.dispose([value, update.gradNorm]);
      parameters = update.parameters;
      state = update.state;
    }
    const { wanted, ...unseen } = batch(64);
    const error = (moved: tf.Tensor) =>
      displacementLoss(moved as tf.Tensor3D, wanted, { imageResolution: 64 }).dataSync()[0]!;
    expect(error(motionField(parameters, sizes, unseen))).toBeLessThan(0.2 * error(tf.zerosLike(wanted)));
  });

  it('says what is wrong', () => {
    const { parameters } = fresh();
    const start = tf.zeros([1, 2, 4]) as tf.Tensor3D;
    expect(() =>
      motionField(parameters, sizes, { start, codes: tf.zeros([1, 3, 4]), points: tf.zeros([1, 1, 2]) }),
    ).toThrow('motionField: codes: expected [1, 2, 4], got [1, 3, 4]');
    expect(() => motionField(parameters, sizes, { start, codes: start, points: tf.zeros([2, 1, 2]) })).toThrow(
      'motionField: points: expected',
    );
    const statistics = channelStatistics(tf.randomNormal([8, 2, 4]));
    expect(() => createMotionFieldParameters(createRandom(1), sizes, statistics, { width: 0 })).toThrow(
      'expected a width of 1 or more',
    );
  });
});
