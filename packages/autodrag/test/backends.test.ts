import '@tensorflow/tfjs';
import { disposeParameters, type ParameterTree } from '@autodrag/nn';
import { testBackends, useTestBackend } from '@autodrag/nn/testing';
import { registerWasmGradients } from '@autodrag/wasm-gradients';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createMemoryStore } from '../src/training/checkpoint-store.js';
import {
  defaultPredictorConfig,
  type MetricsRow,
  type TrainingOptions,
  type TrainingProgress,
  trainPredictor,
  trainRegularizer,
} from '../src/training/index.js';
import { type TinyModels, tinyModels } from './tiny-models.js';

type Run = AsyncGenerator<TrainingProgress, { parameters: ParameterTree; history: MetricsRow[]; step: number }>;

/** The trainings, on models of a few thousand weights whose pictures are upright. */
const trainings: Record<string, (models: TinyModels, options: TrainingOptions) => Run> = {
  regularizer: ({ generator, regularizer }, options) =>
    trainRegularizer({ generator, config: regularizer.config, batchSize: 4, steps: 6, ...options }),
  predictor: ({ generator, regularizer }, options) =>
    trainPredictor({
      generator,
      regularizer,
      config: defaultPredictorConfig(generator, {
        featureResolution: 32,
        width: 16,
        heads: 2,
        feedForward: 16,
        encoderLayers: 1,
        decoderLayers: 1,
        stemChannels: 8,
        patchSize: 3,
      }),
      motions: 2,
      drags: 2,
      steps: 6,
      freeRunningFrom: 0.3,
      dragLossFrom: 0.7,
      ...options,
    }),
};

/** To its end, or until it has written `checkpoints` and is killed. */
async function follow(run: Run, checkpoints = Number.POSITIVE_INFINITY): Promise<MetricsRow[] | null> {
  for (let seen = 0; ; ) {
    const { done, value } = await run.next();
    if (done) {
      disposeParameters(value.parameters);
      return value.history;
    }
    if (value.event === 'checkpoint' && ++seen === checkpoints) {
      await run.return(undefined as never);
      return null;
    }
  }
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

  it.each(Object.keys(trainings))('%s: the same rows, bit by bit, with a kill on the way', async (name) => {
    const start = (options: TrainingOptions) => trainings[name]!(models, { reportEvery: 1, seed: 3, ...options });
    const whole = (await follow(start({})))!;
    const before = tf.memory().numTensors;
    expect(whole.map(({ step }) => step)).toEqual([1, 2, 3, 4, 5, 6]);
    expect(whole.every((row) => Object.values(row).every(Number.isFinite))).toBe(true);
    const store = createMemoryStore();
    expect(await follow(start({ store, checkpointEverySeconds: 0 }), 3)).toBeNull();
    expect(tf.memory().numTensors).toBe(before);
    expect(await follow(start({ store }))).toEqual(whole);
    expect(tf.memory().numTensors).toBe(before);
  });
});
