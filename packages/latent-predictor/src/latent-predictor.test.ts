import '@tensorflow/tfjs';
import { createRandom, disposeParameters, flattenParameters, valueAndGrads } from '@autodrag/nn';
import { checkGradient, expectClose, expectNoLeak } from '@autodrag/nn/testing';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { tinyConfig, tinyInput, tinyParameters } from '../test/tiny.js';
import { createLatentPredictor } from './create-latent-predictor.js';
import type { Regularization } from './decode-codes.js';
import { encodeMemory } from './encode-memory.js';
import type { LatentPredictorParameters } from './parameters.js';
import { predictFreeRunning } from './predict-free-running.js';
import { predictTeacherForced } from './predict-teacher-forced.js';
import { predictionLoss } from './prediction-loss.js';
import { rollout } from './rollout.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const regularize = (w: tf.Tensor3D) => tf.tidy(() => tf.sin(w)) as tf.Tensor3D;

for (const tokens of ['layer', 'flat'] as const) {
  describe(`latent predictor, ${tokens} tokens`, () => {
    const config = tinyConfig({ tokens });
    const codesOf = (seed: number) => createRandom(seed).normalTensor([2, 3, 2, 4]) as tf.Tensor4D;

    it('predicts a step from itself and earlier steps only', () => {
      const parameters = tinyParameters(config);
      const memory = encodeMemory(parameters, config, tinyInput(config));
      const codes = codesOf(3);
      const before = predictTeacherForced(parameters, config, memory, codes);
      for (const step of [1, 2]) {
        const bump = tf.oneHot(tf.tensor1d([step], 'int32'), 3);
        const changed = tf.add(codes, tf.reshape(bump, [1, 3, 1, 1])) as tf.Tensor4D;
        const after = predictTeacherForced(parameters, config, memory, changed);
        const moved = Array.from(tf.max(tf.abs(tf.sub(after, before)), [0, 2, 3]).dataSync());
        moved.forEach((distance, i) => {
          if (i < step) expect(distance).toBe(0);
          else expect(distance).toBeGreaterThan(1e-3);
        });
      }
    });

    it('predicts the same free-running, by rollout, at once, and by the parallel pass on the codes that were fed back', async () => {
      const parameters = tinyParameters(config);
      const input = tinyInput(config);
      const memory = encodeMemory(parameters, config, input);
      const regularization: Regularization = { regularize, w: input.w };
      const start = tf.slice(input.w, [0, 0, 0], [2, 2, 4]);
      const free = predictFreeRunning(parameters, config, memory, start, { regularization });
      const fed = tf.concat([tf.expandDims(start, 1) as tf.Tensor4D, tf.slice(free, [0, 0], [2, 2])], 1);
      const parallel = predictTeacherForced(parameters, config, memory, fed, { regularization });
      expectClose(parallel, free, 1e-5);

      let i = 0;
      for await (const w of rollout(parameters, config, input, { regularize })) {
        expectClose(tf.slice(w, [0, 0, 0], [2, 2, 4]), tf.squeeze(tf.slice(free, [0, i], [2, 1]), [1]), 1e-5);
        expectClose(tf.slice(w, [0, 2, 0], [2, 2, 4]), tf.slice(input.w, [0, 2, 0], [2, 2, 4]), 0);
        i++;
      }
      expect(i).toBe(3);
      const predictor = createLatentPredictor(config, parameters);
      const all = predictor.predict(input, { regularize, steps: 2 });
      expectClose(tf.slice(all, [0, 0, 0, 0], [2, 2, 2, 4]), tf.slice(free, [0, 0], [2, 2]), 1e-5);
      predictor.dispose();
    });

    it('is teacher forcing with a teacher of probability 1', () => {
      const parameters = tinyParameters(config);
      const memory = encodeMemory(parameters, config, tinyInput(config));
      const codes = codesOf(4);
      const start = tf.squeeze(tf.slice(codes, [0, 0], [2, 1]), [1]) as tf.Tensor3D;
      const teacher = { codes, probability: 1, random: createRandom(1) };
      expectClose(
        predictFreeRunning(parameters, config, memory, start, { teacher }),
        predictTeacherForced(parameters, config, memory, codes),
        1e-5,
      );
    });

    it('has the gradient of finite differences in every parameter, through a free-running rollout', () => {
      const parameters = tinyParameters(config);
      const input = tinyInput(config);
      const truth = tf.mul(codesOf(5), 2) as tf.Tensor4D;
      const flat = flattenParameters(parameters);
      const loss = (p: LatentPredictorParameters) =>
        tf.tidy(() => {
          const memory = encodeMemory(p, config, input);
          const start = tf.slice(input.w, [0, 0, 0], [2, 2, 4]);
          const codes = predictFreeRunning(p, config, memory, start, { regularization: { regularize, w: input.w } });
          return tf.mean(tf.square(tf.sub(codes, truth))) as tf.Scalar;
        });
      const { grads } = valueAndGrads(loss, parameters);
      const analytic = flattenParameters(grads);
      const random = createRandom(9);
      // One random direction a group of parameters: the derivative along it, against central differences.
      for (const prefix of new Set(Object.keys(flat).map((name) => name.split('.')[0]!))) {
        const names = Object.keys(flat).filter((name) => name.split('.')[0] === prefix);
        const direction = new Map(names.map((name) => [name, random.normalTensor(flat[name]!.shape)]));
        const along = names.reduce(
          (sum, name) => sum + tf.sum(tf.mul(analytic[name]!, direction.get(name)!)).dataSync()[0]!,
          0,
        );
        if (prefix === 'statistics') {
          expect(along).toBe(0);
          continue;
        }
        const at = (size: number) => {
          const original = new Map<string, tf.Tensor>();
          const moved = mapTree(parameters, (tensor, name) => {
            original.set(name, tensor);
            const d = direction.get(name);
            return d === undefined ? tensor : tf.add(tensor, tf.mul(d, size));
          });
          return loss(moved).dataSync()[0]!;
        };
        const eps = 3e-3;
        const numeric = (8 * (at(eps) - at(-eps)) - (at(2 * eps) - at(-2 * eps))) / (12 * eps);
        expect(Math.abs(numeric - along), `${prefix}: ${along} against ${numeric}`).toBeLessThan(
          2e-3 + 0.01 * Math.abs(numeric),
        );
        expect(Math.abs(along), prefix).toBeGreaterThan(1e-5);
      }
    });
  });
}

function mapTree<P>(tree: P, change: (tensor: tf.Tensor, name: string) => tf.Tensor, prefix = ''): P {
  if (tree instanceof tf.Tensor) return change(tree, prefix) as P;
  const join = (key: string | number) => (prefix === '' ? `${key}` : `${prefix}.${key}`);
  if (Array.isArray(tree)) return tree.map((entry, k) => mapTree(entry, change, join(k))) as P;
  return Object.fromEntries(
    Object.entries(tree as Record<string, unknown>).map(([key, entry]) => [key, mapTree(entry, change, join(key))]),
  ) as P;
}

describe('latent predictor', () => {
  const config = tinyConfig();

  it('does not see what padding holds, nor the order of the points', () => {
    const parameters = tinyParameters(config);
    const input = tinyInput(config, { batch: 1, points: 3 });
    const codes = tf.randomNormal([1, 3, 2, 4], 0, 1, 'float32', 1) as tf.Tensor4D;
    const predict = (handles: tf.Tensor, targets: tf.Tensor, pointMask: tf.Tensor) => {
      const memory = encodeMemory(parameters, config, {
        features: input.features,
        handles: handles as tf.Tensor3D,
        targets: targets as tf.Tensor3D,
        pointMask: pointMask as tf.Tensor2D,
      });
      return predictTeacherForced(parameters, config, memory, codes);
    };
    const order = (x: tf.Tensor, indices: number[]) => tf.gather(x, tf.tensor1d(indices, 'int32'), 1);
    const reference = predict(input.handles, input.targets, input.pointMask);
    const padded = (x: tf.Tensor) => tf.add(x, tf.reshape(tf.tensor1d([0, 0, 7]), [1, 3, 1]));
    expectClose(predict(padded(input.handles), padded(input.targets), input.pointMask), reference, 1e-5);
    const without = [0, 1];
    expectClose(
      predict(order(input.handles, without), order(input.targets, without), order(input.pointMask, without)),
      reference,
      1e-5,
    );
    const swapped = [1, 0, 2];
    expectClose(
      predict(order(input.handles, swapped), order(input.targets, swapped), order(input.pointMask, swapped)),
      reference,
      1e-5,
    );
    // But which target belongs to which handle does matter.
    const other = predict(order(input.handles, swapped), input.targets, input.pointMask);
    expect(tf.max(tf.abs(tf.sub(other, reference))).dataSync()[0]).toBeGreaterThan(1e-4);
  });

  it('shares a feature map among several drags', () => {
    const parameters = tinyParameters(config);
    const input = tinyInput(config, { batch: 4, maps: 2 });
    const shared = encodeMemory(parameters, config, input);
    const features = tf.gather(input.features, tf.tensor1d([0, 0, 1, 1], 'int32'));
    const repeated = encodeMemory(parameters, config, { ...input, features });
    expectClose(shared.tokens, repeated.tokens, 1e-5);
    expect(() => encodeMemory(parameters, config, { ...tinyInput(config, { batch: 3, maps: 2 }) })).toThrow(
      'encodeMemory: handles: expected a multiple of 2 drags',
    );
  });

  it('leaves codes almost where they are when it is fresh, and a gate of 0 ignores the regularizer', () => {
    const parameters = tinyParameters(config);
    const input = tinyInput(config);
    const memory = encodeMemory(parameters, config, input);
    const start = tf.slice(input.w, [0, 0, 0], [2, 2, 4]);
    const without = predictFreeRunning(parameters, config, memory, start);
    const regularization = { regularize, w: input.w };
    const closed = { ...parameters, gate: tf.zeros([1]) as tf.Tensor1D };
    expectClose(predictFreeRunning(closed, config, memory, start, { regularization }), without, 1e-6);
    const open = { ...parameters, gate: tf.ones([1]) as tf.Tensor1D };
    const one = predictFreeRunning(open, config, memory, start, { regularization, steps: 1 });
    expectClose(one, tf.sin(tf.slice(without, [0, 0], [2, 1])), 1e-5);
  });

  it('is differentiable in the codes it starts from', () => {
    const parameters = tinyParameters(config);
    const memory = encodeMemory(parameters, config, tinyInput(config));
    const start = tf.randomNormal([2, 2, 4], 0, 1, 'float32', 1) as tf.Tensor3D;
    checkGradient((x) => predictFreeRunning(parameters, config, memory, x as tf.Tensor3D, { steps: 2 }), [start], {
      entries: 6,
    });
  });

  it('leaks nothing, however a rollout ends', async () => {
    const parameters = tinyParameters(config);
    const input = tinyInput(config);
    const consume = async (count: number) => {
      for await (const w of rollout(parameters, config, input, { regularize })) {
        w.dispose();
        if (--count === 0) break;
      }
    };
    await expectNoLeak(() => consume(1));
    await expectNoLeak(() => consume(100));
    await expectNoLeak(async () => {
      const abort = new AbortController();
      await expect(async () => {
        for await (const w of rollout(parameters, config, input, { signal: abort.signal })) {
          w.dispose();
          abort.abort(new Error('enough'));
        }
      }).rejects.toThrow('enough');
    });
    await expectNoLeak(async () => {
      const broken = () => {
        throw new Error('broken');
      };
      await expect(rollout(parameters, config, input, { regularize: broken }).next()).rejects.toThrow('broken');
    });
    await expectNoLeak(async () => {
      await rollout(parameters, config, input).return();
    });
    expectNoLeak(() => encodeMemory(parameters, config, input));
    const memory = encodeMemory(parameters, config, input);
    const codes = tf.randomNormal([2, 3, 2, 4]) as tf.Tensor4D;
    expectNoLeak(() => predictTeacherForced(parameters, config, memory, codes));
    const start = tf.randomNormal([2, 2, 4]) as tf.Tensor3D;
    const teacher = { codes, probability: 0.5, random: createRandom(1) };
    expectNoLeak(() => predictFreeRunning(parameters, config, memory, start, { teacher }));
    expectNoLeak(() => {
      const fresh = tinyParameters(config);
      createLatentPredictor(config, fresh).dispose();
    });
    expectNoLeak(() => {
      const { value, grads } = valueAndGrads(
        (p) => predictionLoss(predictFreeRunning(p, config, encodeMemory(p, config, input), start), codes),
        parameters,
      );
      value.dispose();
      disposeParameters(grads);
    });
  });

  it('says what is wrong', async () => {
    const parameters = tinyParameters(config);
    const input = tinyInput(config);
    const memory = encodeMemory(parameters, config, input);
    expect(() => predictTeacherForced(parameters, config, memory, tf.zeros([2, 4, 2, 4]))).toThrow(
      'predictTeacherForced: steps: expected 1 to 3, the longest sequence of this model, got 4',
    );
    expect(() => encodeMemory(parameters, config, { ...input, features: tf.zeros([2, 4, 4, 3]) })).toThrow(
      'encodeMemory: features: expected [N, 8, 8, 3], got [2, 4, 4, 3]',
    );
    await expect(rollout(parameters, config, { ...input, w: tf.zeros([1, 4, 4]) }).next()).rejects.toThrow(
      'rollout: handles: expected [1, P, 2], got [2, 3, 2]',
    );
  });
});
