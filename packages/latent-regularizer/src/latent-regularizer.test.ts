import '@tensorflow/tfjs';
import { createRandom, disposeParameters, flattenParameters, mapParameters, valueAndGrads } from '@autodrag/nn';
import { checkGradient, expectClose, expectNoLeak } from '@autodrag/nn/testing';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { tinyConfig, tinyParameters, tinyStatistics } from '../test/tiny.js';
import { latentRegularizerConfig } from './config.js';
import { createLatentRegularizer } from './create-latent-regularizer.js';
import { latentRegularizer } from './latent-regularizer.js';
import { createLatentRegularizerParameters, type LatentRegularizerParameters } from './parameters.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const codes = (numWs = 5, seed = 7) => createRandom(seed).normalTensor([2, numWs, 4]) as tf.Tensor3D;
const largest = (x: tf.Tensor) => tf.max(tf.abs(x)).dataSync()[0]!;

describe('latentRegularizer', () => {
  it('passes the clean layers on and restores the edited ones from both', () => {
    const config = tinyConfig();
    const parameters = tinyParameters(config);
    const w = codes();
    const restored = latentRegularizer(parameters, config, w);
    expect(restored.shape).toEqual([2, 5, 4]);
    expectClose(tf.slice(restored, [0, 2, 0], [2, 3, 4]), tf.slice(w, [0, 2, 0], [2, 3, 4]), 0);
    const editedOf = (x: tf.Tensor3D) => tf.slice(latentRegularizer(parameters, config, x), [0, 0, 0], [2, 2, 4]);
    const at = (layer: number) => tf.reshape(tf.oneHot(tf.tensor1d([layer], 'int32'), 5), [1, 5, 1]);
    for (const layer of [0, 1]) {
      const change = tf.sub(editedOf(tf.add(w, at(layer))), editedOf(w));
      // Beyond the residual path: the other layer feels it too.
      expect(largest(tf.slice(change, [0, 1 - layer, 0], [2, 1, 4]))).toBeGreaterThan(1e-3);
    }
    for (const layer of [2, 4]) {
      expect(largest(tf.sub(editedOf(tf.add(w, at(layer))), editedOf(w)))).toBeGreaterThan(1e-4);
    }
  });

  it('tells the edited layers apart', () => {
    const config = tinyConfig({ output: 'direct' });
    const parameters = tinyParameters(config);
    const w = codes();
    const swapped = tf.gather(w, tf.tensor1d([1, 0, 2, 3, 4], 'int32'), 1) as tf.Tensor3D;
    expect(
      largest(tf.sub(latentRegularizer(parameters, config, swapped), latentRegularizer(parameters, config, w))),
    ).toBeGreaterThan(1e-3);
  });

  it('works whatever the number of clean layers', () => {
    for (const numWs of [2, 3, 6]) {
      const config = tinyConfig({ numWs });
      const parameters = tinyParameters(config);
      expect(parameters.clean === undefined).toBe(numWs === 2);
      expect(latentRegularizer(parameters, config, codes(numWs)).shape).toEqual([2, numWs, 4]);
    }
  });

  it('is nearly the identity when fresh, and independent of the units of w', () => {
    const config = tinyConfig({ output: 'residual' });
    const statistics = tinyStatistics();
    const parameters = createLatentRegularizerParameters(createRandom(1), config, statistics);
    const w = codes();
    expect(largest(tf.sub(latentRegularizer(parameters, config, w), w))).toBeLessThan(0.02);

    const other = {
      average: tf.add(tf.mul(statistics.average, 3), 1),
      std: tf.mul(statistics.std, 3),
    } as typeof statistics;
    const trained = tinyParameters(config);
    const moved = latentRegularizer({ ...trained, statistics: other }, config, tf.add(tf.mul(w, 3), 1));
    expectClose(moved, tf.add(tf.mul(latentRegularizer(trained, config, w), 3), 1), 1e-4);
  });

  for (const output of ['gated', 'residual', 'direct'] as const) {
    it(`has the gradient of finite differences, ${output} output`, () => {
      const config = tinyConfig({ output });
      const parameters = tinyParameters(config);
      const w = codes();
      checkGradient((x) => latentRegularizer(parameters, config, x as tf.Tensor3D), [w], { entries: 20 });
      const truth = codes(5, 8);
      const loss = (p: LatentRegularizerParameters) =>
        tf.tidy(() => tf.mean(tf.square(tf.sub(latentRegularizer(p, config, w), truth))) as tf.Scalar);
      const { grads } = valueAndGrads(loss, parameters);
      const analytic = flattenParameters(grads);
      const random = createRandom(3);
      for (const group of [
        'keys',
        'layerEmbedding',
        'positionEmbedding',
        'clean',
        'encoder',
        'decoder',
        'head',
        'gate',
      ]) {
        if (group === 'gate' && output !== 'gated') continue;
        const direction = mapParameters(parameters, (tensor, name) =>
          name.split('.')[0] === group ? random.normalTensor(tensor.shape) : tf.zeros(tensor.shape),
        );
        const flat = flattenParameters(direction);
        const along = Object.keys(flat).reduce(
          (sum, name) => sum + tf.sum(tf.mul(analytic[name]!, flat[name]!)).dataSync()[0]!,
          0,
        );
        const at = (size: number) =>
          loss(mapParameters(parameters, (tensor, name) => tf.add(tensor, tf.mul(flat[name]!, size)))).dataSync()[0]!;
        const eps = 3e-3;
        const numeric = (8 * (at(eps) - at(-eps)) - (at(2 * eps) - at(-2 * eps))) / (12 * eps);
        expect(Math.abs(numeric - along), `${group}: ${along} against ${numeric}`).toBeLessThan(
          2e-3 + 0.01 * Math.abs(numeric),
        );
        expect(Math.abs(along), group).toBeGreaterThan(1e-5);
      }
      expectClose(analytic['statistics.std']!, tf.zeros([4]), 0);
    });
  }

  it('leaks nothing', () => {
    const config = tinyConfig();
    const parameters = tinyParameters(config);
    const w = codes();
    expectNoLeak(() => latentRegularizer(parameters, config, w));
    expectNoLeak(() => {
      const regularizer = createLatentRegularizer(config, tinyParameters(config));
      regularizer.restore(w).dispose();
      regularizer.dispose();
    });
    expectNoLeak(() => {
      const { value, grads } = valueAndGrads((p) => tf.mean(latentRegularizer(p, config, w)), parameters);
      value.dispose();
      disposeParameters(grads);
    });
  });

  it('says what is wrong', () => {
    const config = tinyConfig();
    expect(() => latentRegularizer(tinyParameters(config), config, codes(6))).toThrow(
      'latentRegularizer: w: expected [B, 5, 4], got [2, 6, 4]',
    );
    const statistics = tinyStatistics(3);
    expect(() => createLatentRegularizerParameters(createRandom(1), config, statistics)).toThrow(
      'statistics.average: expected [4], got [3]',
    );
  });
});

describe('latentRegularizerConfig', () => {
  it('has the sizes of the paper', () => {
    expect(latentRegularizerConfig('paper', { numWs: 16, wDim: 512 })).toMatchObject({
      width: 512,
      heads: 8,
      feedForward: 2048,
      encoderLayers: 6,
      decoderLayers: 6,
      editedLayers: 6,
    });
  });

  it('says what is wrong', () => {
    const config = (overrides: object) => () =>
      latentRegularizerConfig('compact', { numWs: 10, wDim: 64, ...overrides });
    expect(config({ width: 30 })).toThrow('width must be a multiple of heads, got width 30 and heads 4');
    expect(config({ numWs: 5 })).toThrow('editedLayers must not exceed numWs, got editedLayers 6 and numWs 5');
    expect(config({ output: 'none' })).toThrow("output: expected 'direct', 'residual' or 'gated', got \"none\"");
    expect(config({ heads: 0.5 })).toThrow('heads: expected a positive whole number, got 0.5');
    expect(() => latentRegularizerConfig('tiny' as 'paper', { numWs: 10, wDim: 64 })).toThrow(
      'expected one of paper, compact',
    );
  });
});
