import * as tf from '@tensorflow/tfjs';
import { beforeAll, expect, test } from 'vitest';
import { describeOnBackends, useBackend } from '../../test/backends.js';
import { InvalidArgumentError, ShapeError } from '../errors/errors.js';
import { valueAndGrads } from '../gradients/value-and-grads.js';
import { createMlp, mlp } from '../layers/mlp.js';
import { createRandom } from '../random/random.js';
import { expectClose, expectNoLeak } from '../testing/index.js';
import { disposeParameters } from '../tree/dispose-parameters.js';
import { flattenParameters } from '../tree/flatten-parameters.js';
import { unflattenParameters } from '../tree/unflatten-parameters.js';
import { loadSafetensors } from '../weights/load-safetensors.js';
import { saveSafetensors } from '../weights/save-safetensors.js';
import { toTensors } from '../weights/to-tensors.js';
import { type AdamOptions, type AdamState, createAdam } from './adam.js';

/** Kingma and Ba's algorithm 1 in double precision, line by line. */
function reference(
  p0: number[],
  gradients: number[][],
  {
    rate,
    beta1 = 0.9,
    beta2 = 0.999,
    epsilon = 1e-8,
    clip = Number.POSITIVE_INFINITY,
  }: AdamOptions & { rate: number; clip?: number },
): number[] {
  const p = [...p0];
  const m = p.map(() => 0);
  const v = p.map(() => 0);
  gradients.forEach((raw, index) => {
    const norm = Math.hypot(...raw);
    const g = raw.map((value) => value * Math.min(1, clip / norm));
    const t = index + 1;
    for (let i = 0; i < p.length; i++) {
      m[i] = beta1 * m[i]! + (1 - beta1) * g[i]!;
      v[i] = beta2 * v[i]! + (1 - beta2) * g[i]! ** 2;
      const mHat = m[i]! / (1 - beta1 ** t);
      const vHat = v[i]! / (1 - beta2 ** t);
      p[i] = p[i]! - (rate * mHat) / (Math.sqrt(vHat) + epsilon);
    }
  });
  return p;
}

const gradients = Array.from({ length: 30 }, (_, t) => [Math.sin(t), 100 * Math.cos(3 * t) + 20, 1e-4 * (t - 3)]);
const tree = (values: number[]) => ({ a: tf.tensor2d(values.slice(0, 2), [1, 2]), b: { c: tf.scalar(values[2]!) } });

describeOnBackends('adam', (backend) => {
  beforeAll(() => useBackend(backend));

  test.each([
    { name: 'defaults', options: {} },
    { name: 'clipped', options: { clipNorm: 1 } },
    { name: 'no momentum', options: { beta1: 0 } },
    { name: 'other betas, large epsilon', options: { beta1: 0.5, beta2: 0.9, epsilon: 0.1 } },
  ])('as the algorithm in double precision: $name', ({ options }) => {
    const adam = createAdam(options);
    const start = [1, -2, 3];
    let parameters = tree(start);
    let state = adam.init(parameters);
    for (const gradient of gradients) {
      const update = adam.update(parameters, tree(gradient), state, { learningRate: 0.05 });
      expectClose(update.gradNorm, Math.hypot(...gradient), 1e-5);
      parameters = update.parameters;
      state = update.state;
    }
    expect(state.step.dataSync()[0]).toBe(30);
    const expected = reference(start, gradients, {
      rate: 0.05,
      ...options,
      clip: options.clipNorm ?? Number.POSITIVE_INFINITY,
    });
    expectClose(parameters.a, expected.slice(0, 2), 1e-4);
    expectClose(parameters.b.c, expected[2]!, 1e-4);
    expect(parameters.a.shape).toEqual([1, 2]);
    expect(parameters.b.c.shape).toEqual([]);
  });

  test('the first step is the rate times the sign, whatever the size of the gradient', () => {
    const adam = createAdam();
    for (const size of [1e-4, 1, 1e4]) {
      const parameters = { x: tf.tensor1d([0, 0]) };
      const { parameters: next } = adam.update(parameters, { x: tf.tensor1d([size, -size]) }, adam.init(parameters), {
        learningRate: 0.1,
      });
      expectClose(next.x, [-0.1, 0.1], 1e-4);
    }
  });

  test('a rate by name', () => {
    const adam = createAdam();
    const parameters = { a: tf.zeros([2]), b: { c: tf.zeros([1]), d: tf.zeros([3]) }, e: tf.scalar(0) };
    const grads = { a: tf.ones([2]), b: { c: tf.ones([1]), d: tf.ones([3]) }, e: tf.scalar(1) };
    const seen: string[] = [];
    const learningRate = (name: string) => {
      seen.push(name);
      return name === 'b.d' ? 0 : name.startsWith('b.') ? 0.5 : 0.25;
    };
    const { parameters: next } = adam.update(parameters, grads, adam.init(parameters), { learningRate });
    expect(seen).toEqual(['a', 'b.c', 'b.d', 'e']);
    expectClose(next.a, [-0.25, -0.25]);
    expectClose(next.b.c, [-0.5]);
    expectClose(next.b.d, [0, 0, 0]);
    expectClose(next.e, -0.25);
    const same = adam.update(parameters, grads, adam.init(parameters), { learningRate: () => 0.25 });
    expectClose(same.parameters.b.d, [-0.25, -0.25, -0.25]);
    const wrong = () => adam.update(parameters, grads, adam.init(parameters), { learningRate: () => Number.NaN });
    expect(wrong).toThrow("adam.update: learningRate: expected a number for 'a', got NaN");
  });

  test('nothing given is disposed, nothing else is left over', () => {
    const adam = createAdam({ clipNorm: 1 });
    const parameters = tree([1, 2, 3]);
    const grads = tree([1, 1, 1]);
    const state = adam.init(parameters);
    expectNoLeak(() => adam.update(parameters, grads, state, { learningRate: (name) => (name === 'a' ? 1 : 2) }));
    for (const tensor of [parameters.a, grads.a, state.step, state.m, state.v]) expect(tensor.isDisposed).toBe(false);
    expectNoLeak(() => disposeParameters(adam.init(parameters)));
    // One parameter alone takes the way without concatenation.
    const one = { x: tf.tensor1d([1]) };
    const zero = adam.init(one);
    expectNoLeak(() => adam.update(one, one, zero, { learningRate: 1 }));
    expect(one.x.isDisposed).toBe(false);
  });

  test('gradients that are not finite are reported', () => {
    const adam = createAdam({ clipNorm: 1 });
    const parameters = tree([1, 2, 3]);
    const state = adam.init(parameters);
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY]) {
      const grads = tree([1, value, 1]);
      const { gradNorm } = adam.update(parameters, grads, state, { learningRate: 1 });
      expect(Number.isFinite(gradNorm.dataSync()[0])).toBe(false);
    }
  });

  test('zero gradients move nothing and make no NaN', () => {
    const adam = createAdam({ clipNorm: 1 });
    const parameters = tree([1, 2, 3]);
    const { parameters: next, gradNorm } = adam.update(parameters, tree([0, 0, 0]), adam.init(parameters), {
      learningRate: 1,
    });
    expectClose(next.a, [1, 2], 0);
    expectClose(gradNorm, 0, 0);
  });

  test('training is resumed bit by bit from a file', async () => {
    const random = createRandom(1);
    const start = createMlp(random, [2, 8, 1]);
    const x = random.normalTensor([16, 2]);
    const y = random.normalTensor([16, 1]);
    const adam = createAdam({ clipNorm: 1 });
    const train = (parameters: typeof start, state: AdamState, steps: number): [typeof start, AdamState] => {
      let now: [typeof start, AdamState] = [parameters, state];
      for (let i = 0; i < steps; i++) {
        const { grads } = valueAndGrads((p) => tf.mean(tf.square(tf.sub(mlp(p, x), y))), now[0]);
        const update = adam.update(now[0], grads, now[1], { learningRate: 0.01 });
        now = [update.parameters, update.state];
      }
      return now;
    };
    const [middle, state] = train(start, adam.init(start), 5);
    const file = await saveSafetensors(flattenParameters({ model: middle, adam: state }));
    const [straight, straightState] = train(middle, state, 5);

    const { tensors } = await loadSafetensors(file);
    const loaded = toTensors(tensors);
    const [again, restored] = Object.values(unflattenParameters({ model: middle, adam: state }, loaded)) as [
      typeof start,
      AdamState,
    ];
    const [resumed, resumedState] = train(again, restored, 5);
    expectClose(resumedState.m, straightState.m, 0);
    expectClose(resumedState.v, straightState.v, 0);
    resumed.layers.forEach((layer, i) => {
      expectClose(layer.weight, straight.layers[i]!.weight, 0);
      expectClose(layer.bias!, straight.layers[i]!.bias!, 0);
    });
  });

  test('it learns a product', () => {
    const random = createRandom(2);
    const x = random.normalTensor([32, 2]);
    const [a, b] = tf.split(x, 2, 1) as [tf.Tensor, tf.Tensor];
    const y = tf.mul(a, b);
    const adam = createAdam({ clipNorm: 1 });
    let parameters = createMlp(random, [2, 16, 1]);
    let state = adam.init(parameters);
    let loss = Number.POSITIVE_INFINITY;
    for (let i = 0; i < 300; i++) {
      const { value, grads } = valueAndGrads((p) => tf.mean(tf.square(tf.sub(mlp(p, x), y))), parameters);
      const update = adam.update(parameters, grads, state, { learningRate: 0.01 });
      loss = value.dataSync()[0]!;
      for (const old of [parameters, grads]) disposeParameters(old);
      value.dispose();
      parameters = update.parameters;
      state = update.state;
    }
    expect(loss).toBeLessThan(0.02);
  });

  test('messages', () => {
    expect(() => createAdam({ beta1: 1 })).toThrow('createAdam: beta1: expected 0 <= beta1 < 1, got 1');
    expect(() => createAdam({ clipNorm: 0 })).toThrow(InvalidArgumentError);
    expect(() => createAdam({ epsilon: 0 })).toThrow(InvalidArgumentError);
    const adam = createAdam();
    const parameters = tree([1, 2, 3]);
    const state = adam.init(parameters);
    const other = { a: tf.zeros([2, 1]) as tf.Tensor2D, b: { c: tf.scalar(1) } };
    expect(() => adam.update(parameters, other, state, { learningRate: 1 })).toThrow(
      new ShapeError('adam.update: gradients: a: expected [1, 2], got [2, 1]'),
    );
    const foreign = adam.init({ x: tf.zeros([7]) });
    expect(() => adam.update(parameters, parameters, foreign, { learningRate: 1 })).toThrow(
      'adam.update: state.m: expected [3], got [7]',
    );
    expect(() => adam.update({}, {}, state, { learningRate: 1 })).toThrow('the parameters hold no tensor');
  });
});
