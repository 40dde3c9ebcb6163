import * as tf from '@tensorflow/tfjs';
import { beforeAll, expect, test } from 'vitest';
import { describeOnBackends, useBackend } from '../../test/backends.js';
import { InvalidArgumentError } from '../errors/errors.js';
import { valueAndGrads } from '../gradients/value-and-grads.js';
import { createRandom } from '../random/random.js';
import { expectClose, expectNoLeak } from '../testing/index.js';
import { disposeParameters } from '../tree/dispose-parameters.js';
import { createAdam } from './adam.js';
import { createMuon } from './muon.js';
import type { Optimizer } from './optimizer.js';
import { orthogonalize } from './orthogonalize.js';

describeOnBackends('orthogonalize', (backend) => {
  beforeAll(() => useBackend(backend));

  test.each([
    [3, 48, 16],
    [2, 16, 48],
    [1, 32, 32],
  ])('[%i, %i, %i]: singular values near 1, directions kept', (n, rows, columns) => {
    const x = createRandom(1).normalTensor([n, rows, columns]) as tf.Tensor3D;
    const q = orthogonalize(x);
    const tall = rows >= columns;
    const gram = tf.matMul(q, q, tall, !tall).arraySync() as number[][][];
    for (const matrix of gram) {
      const side = matrix.length;
      for (let i = 0; i < side; i++) {
        expect(matrix[i]![i]).toBeGreaterThan(0.45);
        expect(matrix[i]![i]).toBeLessThan(1.5);
      }
    }
    // U Vᵀ is the orthogonal matrix with the largest inner product with x: the sum of its singular values, here up to
    // 30 %.
    const inner = tf.sum(tf.mul(q, x), [1, 2]).arraySync() as number[];
    const size = tf.sqrt(tf.sum(tf.square(x), [1, 2])).arraySync() as number[];
    inner.forEach((value, i) => {
      expect(value).toBeGreaterThan(0.6 * size[i]! * Math.sqrt(Math.min(rows, columns)) * 0.8);
    });
  });

  test('a matrix and its multiples give the same, zeros give zeros', () => {
    const x = createRandom(2).normalTensor([1, 8, 5]) as tf.Tensor3D;
    expectClose(orthogonalize(tf.mul(x, 1e-4)), orthogonalize(x).arraySync() as number[][][], 1e-4);
    expectClose(orthogonalize(tf.zeros([1, 4, 6])), tf.zeros([1, 4, 6]).arraySync() as number[][][], 0);
  });
});

const make = () => {
  const random = createRandom(3);
  return {
    layers: [
      { weight: random.normalTensor([1, 1, 40, 36]) as tf.Tensor, bias: tf.zeros([36]) },
      { weight: random.normalTensor([36, 40]) as tf.Tensor, bias: tf.zeros([40]) },
    ],
    head: { weight: random.normalTensor([40, 2]) as tf.Tensor },
  };
};

describeOnBackends('muon', (backend) => {
  beforeAll(() => useBackend(backend));

  test('matrices move by the rate in the direction of the orthogonal gradient, the rest as by Adam', () => {
    const parameters = make();
    const random = createRandom(4);
    const grads = {
      layers: parameters.layers.map(({ weight, bias }) => ({
        weight: random.normalTensor(weight.shape),
        bias: random.normalTensor(bias.shape),
      })),
      head: { weight: random.normalTensor(parameters.head.weight.shape) },
    } as typeof parameters;
    const muon = createMuon({ momentum: 0.5 });
    const { parameters: next, state } = muon.update(parameters, grads, muon.init(parameters), { learningRate: 0.1 });
    const moved = tf.sub(next.layers[1]!.weight, parameters.layers[1]!.weight);
    const direction = orthogonalize(tf.reshape(grads.layers[1]!.weight, [1, 36, 40]) as tf.Tensor3D);
    const expected = tf.mul(tf.reshape(direction, [36, 40]), -0.1 * Math.sqrt(40));
    expectClose(moved, expected.arraySync() as number[][], 1e-4);
    expect(tf.sqrt(tf.mean(tf.square(moved))).dataSync()[0]).toBeGreaterThan(0.07);
    expect(tf.sqrt(tf.mean(tf.square(moved))).dataSync()[0]).toBeLessThan(0.13);

    const adam = createAdam();
    const rest = { bias: parameters.layers[0]!.bias, head: parameters.head.weight };
    const restGrads = { bias: grads.layers[0]!.bias, head: grads.head.weight };
    const byAdam = adam.update(rest, restGrads, adam.init(rest), { learningRate: 0.1 }).parameters;
    expectClose(next.head.weight, byAdam.head.arraySync() as number[][], 1e-5);
    expectClose(next.layers[0]!.bias, byAdam.bias.arraySync() as number[], 1e-5);
    expect(state.adam!.step.dataSync()[0]).toBe(1);
    expect(state.adam!.v.size).toBe(36 + 40 + 80);
    expect(state.momentum!.size).toBe(40 * 36 * 2);
  });

  test('momentum adds up, and a rate of 0 leaves a matrix and its momentum alone', () => {
    const parameters = make();
    const grads = make();
    const muon = createMuon({ momentum: 0.5 });
    const first = muon.update(parameters, grads, muon.init(parameters), {
      learningRate: (name) => (name === 'layers.1.weight' ? 0 : 0.1),
    });
    expectClose(first.parameters.layers[1]!.weight, parameters.layers[1]!.weight.arraySync() as number[][], 0);
    const second = muon.update(first.parameters, grads, first.state, { learningRate: 0.1 });
    const momentum = tf.reshape(tf.slice(second.state.momentum!, 0, 1440), [40, 36]);
    expectClose(momentum, tf.mul(tf.reshape(grads.layers[0]!.weight, [40, 36]), 1.5).arraySync() as number[][], 1e-5);
    const late = tf.reshape(tf.slice(second.state.momentum!, 1440, 1440), [36, 40]);
    expectClose(late, grads.layers[1]!.weight.arraySync() as number[][], 1e-6);
  });

  test('learns an ill-conditioned regression that Adam is far from after as many steps', () => {
    const random = createRandom(5);
    const scales = tf.tensor1d(Array.from({ length: 32 }, (_, i) => 10 ** (-i / 16)));
    const x = tf.mul(random.normalTensor([256, 32]), scales) as tf.Tensor2D;
    const truth = random.normalTensor([32, 32]) as tf.Tensor2D;
    const y = tf.matMul(x, truth);
    const train = (optimizer: Optimizer): number => {
      let parameters: { weight: tf.Tensor } = { weight: tf.zeros([32, 32]) };
      let state = optimizer.init(parameters);
      let loss = 0;
      for (let step = 0; step < 60; step++) {
        const { value, grads } = valueAndGrads(
          ({ weight }) => tf.mean(tf.square(tf.sub(tf.matMul(x, weight as tf.Tensor2D), y))) as tf.Scalar,
          parameters,
        );
        loss = value.dataSync()[0]!;
        const update = optimizer.update(parameters, grads, state, { learningRate: 0.1 * (1 - step / 60) });
        parameters = update.parameters;
        state = update.state;
      }
      return loss;
    };
    expect(train(createMuon())).toBeLessThan(0.5 * train(createAdam()));
  });

  test.each([
    { name: 'matrices alone', isMatrix: () => true, tree: () => ({ weight: tf.ones([4, 3]) }), parts: ['momentum'] },
    { name: 'no matrix', isMatrix: () => false, tree: make, parts: ['adam'] },
    { name: 'both', isMatrix: undefined, tree: make, parts: ['momentum', 'adam'] },
  ])('a state has what the tree needs, and nothing leaks: $name', ({ isMatrix, tree, parts }) => {
    const muon = createMuon({ isMatrix });
    const [parameters, grads] = [tree(), tree()] as { weight: tf.Tensor }[];
    const state = muon.init(parameters!);
    expect(Object.keys(state)).toEqual(parts);
    expectNoLeak(() => disposeParameters(muon.init(parameters!)));
    expectNoLeak(() => {
      const {
        parameters: moved,
        state: next,
        gradNorm,
      } = muon.update(parameters!, grads!, state, { learningRate: 0.1 });
      expect(Object.keys(next)).toEqual(parts);
      for (const each of [moved, next]) disposeParameters(each);
      gradNorm.dispose();
    });
    for (const each of [parameters!, grads!, state]) disposeParameters(each);
  });

  test('gradients that are not finite are reported', () => {
    const muon = createMuon({ isMatrix: () => true });
    const parameters = { weight: tf.ones([4, 3]) };
    const { gradNorm } = muon.update(parameters, { weight: tf.fill([4, 3], Number.NaN) }, muon.init(parameters), {
      learningRate: 1,
    });
    expect(gradNorm.dataSync()[0]).toBeNaN();
  });

  test('bad options and a foreign state are refused', () => {
    expect(() => createMuon({ momentum: 1 })).toThrow(InvalidArgumentError);
    const muon = createMuon();
    const parameters = make();
    const state = muon.init(parameters);
    const update = (foreign: typeof state) => () => muon.update(parameters, parameters, foreign, { learningRate: 0.1 });
    expect(update({ ...state, momentum: tf.zeros([5]) })).toThrow(
      'muon.update: state.momentum: expected 2880 values, got 5. Use the state that init made',
    );
    expect(update({ momentum: state.momentum })).toThrow('state.adam: expected a state of Adam, got none');
    expect(() => muon.update(parameters, parameters, muon.init(parameters), { learningRate: Number.NaN })).toThrow(
      InvalidArgumentError,
    );
  });
});
