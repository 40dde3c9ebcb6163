import { disposeParameters, flattenParameters } from '@autodrag/nn';
import { expectNoLeak, useTestBackend } from '@autodrag/nn/testing';
import { registerWasmGradients } from '@autodrag/wasm-gradients';
import { beforeAll, expect, it } from 'vitest';
import { discs } from '../../test/discs.js';
import { type TrainDetectorOptions, trainDetector } from './train-detector.js';

beforeAll(async () => {
  await useTestBackend('wasm');
  registerWasmGradients();
});

const train = (options: Partial<TrainDetectorOptions> = {}) =>
  trainDetector({ domain: discs, steps: 2, batchSize: 1, seed: 4, reportEvery: 1, ...options });

it('learns a domain of anybody’s own, the same from the same seed, and leaks nothing', async () => {
  const first = await train().result;
  expect(first.parameters.heat.weight.shape).toEqual([1, 1, 64, 5]);
  expect(first.history).toHaveLength(2);
  for (const { loss } of first.history) expect(loss).toBeGreaterThan(1);
  await expectNoLeak(async () => {
    const again = await train().result;
    const before = flattenParameters(first.parameters);
    for (const [name, tensor] of Object.entries(flattenParameters(again.parameters))) {
      expect(tensor.dataSync(), name).toEqual(before[name]!.dataSync());
    }
    disposeParameters(again.parameters);
  });
  disposeParameters(first.parameters);
});

it('refuses what is no domain, at once', () => {
  expect(() => train({ domain: undefined as never })).toThrow('trainDetector: domain.name: expected a text');
});
