import { resolveSettings } from '@autodrag/nn/training';
import { expect, it } from 'vitest';
import { stageRate } from './learning-rate.js';
import { epochSamples, paperPreset } from './paper-preset.js';
import { predictorSizes } from './predictor/predictor-config.js';
import { predictorSettings } from './predictor/predictor-settings.js';
import { regularizerSettings, regularizerSizes } from './train-regularizer.js';

it('is what the paper prints, by settings that there are', () => {
  const one = resolveSettings('test', regularizerSettings, paperPreset.regularizer.settings);
  const two = resolveSettings('test', predictorSettings, paperPreset.predictor.settings);
  expect(resolveSettings('test', regularizerSizes, paperPreset.regularizer.sizes)).toMatchObject({
    ...{ width: 512, encoderLayers: 6, decoderLayers: 6 },
  });
  expect(resolveSettings('test', predictorSizes, paperPreset.predictor.sizes)).toMatchObject({
    ...{ width: 512, encoderLayers: 6, decoderLayers: 16, tokens: 'layer', featureResolution: 128 },
  });
  expect([one.optimizer, two.optimizer]).toEqual(['adam', 'adam']);
  expect([(one.steps * one.batchSize) / epochSamples, (two.steps * two.motions) / epochSamples]).toEqual([50, 150]);
  expect([two.predictionWeight, two.dragWeight, two.displacementWeight]).toEqual([0.1, 1, 0]);

  const first = stageRate(one, one.steps);
  expect([first(0), first(one.steps - 1)]).toEqual([1e-3, 1e-3]);
  const second = stageRate(two, two.steps);
  const period = (30 * epochSamples) / two.motions;
  expect(second(0)).toBeCloseTo(1e-5, 12);
  expect(second(period - 1)).toBeCloseTo(1e-7, 12);
  expect(second(period)).toBeCloseTo(1e-5, 12);
});

it('the rate of a default stage rises for a while, then falls once', () => {
  const rate = stageRate({ learningRate: 1, warmupSteps: 10, ratePeriod: 0 }, 100);
  expect(rate(0)).toBeCloseTo(0.1, 3);
  expect(rate(99)).toBeCloseTo(0.01, 3);
});
