import '@tensorflow/tfjs';
import { disposeParameters, type ParameterTree } from '@autodrag/nn';
import { testBackends, useTestBackend } from '@autodrag/nn/testing';
import { createMemoryStore, type MetricsRow, type TrainingOptions, type TrainingRun } from '@autodrag/nn/training';
import { registerWasmGradients } from '@autodrag/wasm-gradients';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { paperPreset, trainMotionField, trainPredictor, trainRegularizer } from '../src/training/index.js';
import { type TinyModels, tinyModels } from './tiny-models.js';

type Run = TrainingRun<{ parameters: ParameterTree; history: MetricsRow[] }>;
type Options = TrainingOptions & { seed?: number };

const tinySizes = {
  featureResolution: 32,
  width: 16,
  heads: 2,
  feedForward: 16,
  encoderLayers: 1,
  decoderLayers: 1,
  stemChannels: 8,
  patchSize: 3,
};

/** The trainings, on models of a few thousand weights whose pictures are upright. */
const trainings: Record<string, (models: TinyModels, options: Options) => Run> = {
  regularizer: ({ generator, regularizer }, options) =>
    trainRegularizer({ generator, config: regularizer.config, batchSize: 4, steps: 6, ...options }),
  'predictor as the paper prints it': ({ generator, regularizer }, options) =>
    trainPredictor({
      ...paperPreset.predictor.settings,
      // ORB finds nothing in random pictures of 32 pixels; the command line's tests run it on avatars.
      ...{ matching: 'features', steps: 6, motions: 2, dragLossMotions: 2 },
      ...{ generator, regularizer, config: tinySizes },
      ...options,
    }),
  predictor: ({ generator, regularizer }, options) =>
    trainPredictor({
      generator,
      regularizer,
      config: tinySizes,
      motions: 2,
      drags: 2,
      steps: 6,
      freeRunningFrom: 0.3,
      dragLossFrom: 0.7,
      ...options,
    }),
  'predictor that is shown drags, settled ones too': ({ generator, regularizer }, options) =>
    trainPredictor({
      ...{ generator, regularizer, config: tinySizes, motions: 2, drags: 2, steps: 6, freeShare: 0.5, freeFrom: 0 },
      ...options,
    }),
  'motion field': ({ generator, regularizer, predictor }, options) =>
    trainMotionField({ generator, regularizer, predictor, motions: 4, places: 3, groups: 2, steps: 6, ...options }),
};

/** To its end. */
async function finish(run: Run): Promise<MetricsRow[]> {
  const { parameters, history } = await run.result;
  disposeParameters(parameters);
  return history;
}

// Not on cpu, which is too slow; the loop itself is tested there.
describe.each(testBackends({ except: ['cpu'] }))('trainings on %s', (backend) => {
  beforeAll(async () => {
    await useTestBackend(backend);
    if (backend === 'wasm') registerWasmGradients();
  });

  let models: TinyModels;
  beforeAll(() => {
    models = tinyModels({ constSize: [4, 2] });
  });
  afterAll(() => {
    for (const model of Object.values(models)) model.dispose();
  });

  it.each(Object.keys(trainings))(
    '%s: the same rows, bit by bit, with a stop on the way',
    async (name) => {
      const start = (options: Options) => trainings[name]!(models, { reportEvery: 1, seed: 3, ...options });
      const whole = await finish(start({}));
      const before = tf.memory().numTensors;
      expect(whole.map(({ step }) => step)).toEqual([1, 2, 3, 4, 5, 6]);
      expect(whole.every((row) => Object.values(row).every(Number.isFinite))).toBe(true);
      const store = createMemoryStore();
      const stop = new AbortController();
      const stopped = start({ store, signal: stop.signal });
      await expect(async () => {
        for await (const { step } of stopped.progress) if (step === 3) stop.abort();
      }).rejects.toMatchObject({ name: 'AbortError', step: expect.any(Number) });
      expect(tf.memory().numTensors).toBe(before);
      expect(await finish(start({ store }))).toEqual(whole);
      expect(tf.memory().numTensors).toBe(before);
    },
    300_000,
  );
});
