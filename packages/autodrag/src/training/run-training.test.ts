import '@tensorflow/tfjs';
import { createAdam, createRandom, disposeParameters } from '@autodrag/nn';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { CheckpointMismatchError } from './checkpoint.js';
import { createMemoryStore } from './checkpoint-store.js';
import { runTraining, type TrainingDefinition, TrainingDivergedError } from './run-training.js';
import type { TrainingProgress } from './training-types.js';

type Line = { slope: tf.Tensor1D };

/** Fits y = 3 x on random x. */
function fitting(overrides: Partial<TrainingDefinition<Line>> = {}): TrainingDefinition<Line> {
  const random = createRandom(5);
  return {
    kind: 'line',
    fingerprint: 'a',
    steps: 30,
    reportEvery: 7,
    initial: () => ({ slope: tf.tensor1d([0]) }),
    optimizer: createAdam(),
    learningRate: () => 0.1,
    prepare: async (step) => {
      if (step === 11) return null; // one batch with nothing to learn from
      const x = random.fork(step).normalTensor([16]);
      return {
        dispose: () => x.dispose(),
        loss: ({ slope }, report) => {
          const error = tf.mean(tf.square(tf.sub(tf.mul(x, slope), tf.mul(x, 3)))) as tf.Scalar;
          report('twice', tf.mul(error, 2) as tf.Scalar);
          return error;
        },
      };
    },
    ...overrides,
  };
}

async function finish(definition: TrainingDefinition<Line>, each: (progress: TrainingProgress) => void = () => {}) {
  const training = runTraining(definition);
  for (;;) {
    const { done, value } = await training.next();
    if (done) {
      const slope = value.parameters.slope.dataSync()[0];
      disposeParameters(value.parameters);
      return { history: value.history, slope, step: value.step };
    }
    each(value);
  }
}

beforeAll(async () => {
  await tf.setBackend('cpu');
});

describe('runTraining', () => {
  it('learns, reports, and leaves only the parameters', async () => {
    const before = tf.memory().numTensors;
    const { history, slope } = await finish(fitting({ steps: 200 }));
    expect(slope).toBeCloseTo(3, 2);
    expect(history.map(({ step }) => step).slice(0, 3)).toEqual([7, 14, 21]);
    expect(history[0]!.twice).toBeCloseTo(2 * history[0]!.loss!, 5);
    expect(history[1]!.skipped).toBeCloseTo(1 / 7, 6);
    expect(tf.memory().numTensors).toBe(before);
  });

  it('goes on after a stop in the middle of a row as if there had been none', async () => {
    const whole = await finish(fitting());
    const store = createMemoryStore();
    const stop = new AbortController();
    let prepared = 0;
    const definition = fitting();
    const first = await finish({
      ...definition,
      store,
      signal: stop.signal,
      prepare: async (step) => {
        if (++prepared === 17) stop.abort();
        return definition.prepare(step);
      },
    });
    expect(first.step).toBe(17);
    const second = await finish(fitting({ store }));
    expect(second.history).toEqual(whole.history);
    expect(second.slope).toBe(whole.slope);
  });

  it('hears a signal that fires from outside of the loop', async () => {
    const stop = new AbortController();
    setTimeout(() => stop.abort(), 20);
    const { step } = await finish(fitting({ steps: 1_000_000, signal: stop.signal }));
    expect(step).toBeGreaterThan(0);
    expect(step).toBeLessThan(1_000_000);
  });

  it('goes on after a kill from the last checkpoint with the same rows', async () => {
    const whole = await finish(fitting());
    const store = createMemoryStore();
    const before = tf.memory().numTensors;
    const killed = runTraining(fitting({ store, checkpointEverySeconds: 0 }));
    for (let events = 0; events < 24; events++) await killed.next();
    await killed.return(undefined as never);
    expect(tf.memory().numTensors).toBe(before);
    const resumed = await finish(fitting({ store }));
    expect(resumed.history).toEqual(whole.history);
    expect(resumed.slope).toBe(whole.slope);
  });

  it('refuses the checkpoint of another configuration or training', async () => {
    const store = createMemoryStore();
    await finish(fitting({ store, steps: 3 }));
    await expect(finish(fitting({ store, fingerprint: 'b' }))).rejects.toThrow(CheckpointMismatchError);
    await expect(finish(fitting({ store, kind: 'curve' }))).rejects.toThrow(/of a 'line' training, this is 'curve'/);
  });

  it('says when a loss is no number, keeps the checkpoint from before, and leaks nothing', async () => {
    const store = createMemoryStore();
    await finish(fitting({ store, steps: 5, fingerprint: 'c' }));
    const saved = await store.read('checkpoint.safetensors');
    const before = tf.memory().numTensors;
    const broken = fitting({
      store,
      fingerprint: 'c',
      prepare: async () => ({ loss: ({ slope }) => tf.log(tf.sub(tf.sum(slope), 100)) as tf.Scalar }),
    });
    await expect(finish(broken)).rejects.toThrow(TrainingDivergedError);
    expect(await store.read('checkpoint.safetensors')).toEqual(saved);
    expect(tf.memory().numTensors).toBe(before);
  });
});
