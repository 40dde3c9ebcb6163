import '@tensorflow/tfjs';
import { countParameters, createRandom, disposeParameters } from '@autodrag/nn';
import { expectNoLeak } from '@autodrag/nn/testing';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, expect, it } from 'vitest';
import { latentPredictorConfig, stemGrid } from './config.js';
import { createLatentPredictorParameters } from './parameters.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const generator = { numWs: 12, wDim: 128, featureResolution: 128, featureChannels: 32, imageResolution: 128 };

it('has the sizes of the paper', () => {
  const config = latentPredictorConfig('paper', { ...generator, numWs: 16, wDim: 512, featureChannels: 256 });
  expect(config).toMatchObject({ width: 512, encoderLayers: 6, decoderLayers: 16, editedLayers: 6, steps: 5 });
  expect(stemGrid(config)).toEqual({ halvings: 3, grid: [16, 16] });
});

it('keeps the shape of a map that is not square', () => {
  const config = latentPredictorConfig('paper', {
    ...generator,
    featureResolution: [128, 64],
    imageResolution: [512, 256],
  });
  expect(stemGrid(config).grid).toEqual([16, 8]);
});

it('takes a map that is smaller than the grid as it is', () => {
  expect(stemGrid({ featureResolution: 8, memoryGrid: 16 })).toEqual({ halvings: 0, grid: [8, 8] });
});

it('has a compact preset of a few megabytes at float16', () => {
  const config = latentPredictorConfig('compact', generator);
  const random = { ...createRandom(1), normalTensor: (shape: readonly number[]) => tf.zeros([...shape]) };
  const statistics = {
    codes: { average: tf.zeros([128]) as tf.Tensor1D, std: tf.ones([128]) as tf.Tensor1D },
    features: { average: tf.zeros([32]) as tf.Tensor1D, std: tf.ones([32]) as tf.Tensor1D },
  };
  expectNoLeak(() => {
    const parameters = createLatentPredictorParameters(random, config, statistics);
    const megabytes = (2 * countParameters(parameters)) / 1e6;
    expect(megabytes).toBeGreaterThan(1);
    expect(megabytes).toBeLessThan(12);
    disposeParameters(parameters);
  });
});

it('says what is wrong', () => {
  const config = (overrides: object) => () => latentPredictorConfig('compact', { ...generator, ...overrides });
  expect(config({ width: 100 })).toThrow('width must be a multiple of heads, got width 100 and heads 6');
  expect(config({ editedLayers: 13 })).toThrow('editedLayers must not exceed numWs');
  expect(config({ steps: 0 })).toThrow('latentPredictorConfig: steps: expected a positive whole number, got 0');
  expect(config({ patchSize: 6 })).toThrow('patchSize: expected an odd number, got 6');
  expect(config({ featureResolution: 100 })).toThrow('featureResolution must be memoryGrid times a power of two');
  expect(config({ featureResolution: [1, 2, 3] })).toThrow('featureResolution: expected a positive whole number or');
  expect(config({ tokens: 'x' })).toThrow("tokens: expected 'layer' or 'flat', got \"x\"");
  expect(() => latentPredictorConfig('huge' as 'paper', generator)).toThrow('expected one of paper, compact');
});
