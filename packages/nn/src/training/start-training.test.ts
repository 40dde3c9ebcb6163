import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { createAdam } from '../optimizer/adam.js';
import { createMuon } from '../optimizer/muon.js';
import { createRandom } from '../random/random.js';
import { createMemoryStore } from './checkpoint/checkpoint-store.js';
import { startTraining } from './start-training.js';
import {
  CheckpointMismatchError,
  StoreLockedError,
  TrainingDivergedError,
  TrainingStoppedError,
} from './training-errors.js';
import type { TrainingDefinition, TrainingProgress } from './training-types.js';

type Line = { slope: tf.Tensor1D };
type Definition = TrainingDefinition<Line, { parameters: Line }>;

/** Fits y = 3 x on random x. */
function fitting(overrides: Partial<Definition> = {}): Definition {
  const random = createRandom(5);
  return {
    kind: 'line',
    settings: { seed: 5, shape: { degree: 1 } },
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
    finish: (parameters) => ({ parameters }),
    ...overrides,
  };
}

async function finish(definition: Definition) {
  const { parameters, history } = await startTraining(definition).result;
  const slope = parameters.slope.dataSync()[0];
  parameters.slope.dispose();
  return { history, slope };
}

async function eventsOf(definition: Definition): Promise<TrainingProgress[]> {
  const { progress, result } = startTraining(definition);
  const events: TrainingProgress[] = [];
  for await (const event of progress) events.push(event);
  (await result).parameters.slope.dispose();
  return events;
}

/** Ends it as a signal does, when the batch of `step` is made. */
function stopAt(step: number, definition: Definition): Definition {
  const stop = new AbortController();
  return {
    ...definition,
    signal: stop.signal,
    prepare: async (at, parameters) => {
      if (at === step) stop.abort();
      return definition.prepare(at, parameters);
    },
  };
}

beforeAll(async () => {
  await tf.setBackend('cpu');
});

describe('startTraining', () => {
  it('learns, reports, and leaves only the parameters', async () => {
    const before = tf.memory().numTensors;
    const { history, slope } = await finish(fitting({ steps: 200 }));
    expect(slope).toBeCloseTo(3, 2);
    expect(history.map(({ step }) => step).slice(0, 3)).toEqual([7, 14, 21]);
    expect(history[0]!.twice).toBeCloseTo(2 * history[0]!.loss!, 5);
    expect(history[1]!.skipped).toBeCloseTo(1 / 7, 6);
    expect(tf.memory().numTensors).toBe(before);
  });

  it('tells each reader everything, whenever it reads, and runs without one', async () => {
    const run = startTraining(fitting());
    const read = async () => {
      const steps: string[] = [];
      for await (const { event, step } of run.progress) steps.push(`${event} ${step}`);
      return steps;
    };
    const early = read();
    for await (const { step } of run.progress) if (step > 7) break; // stops nothing
    const { parameters, history } = await run.result;
    const expected = ['train 7', 'train 14', 'train 21', 'train 28', 'train 30', 'checkpoint 30'];
    expect(await early).toEqual(expected);
    expect(await read()).toEqual(expected);
    expect(history).toHaveLength(5);
    parameters.slope.dispose();
  });

  it('goes on after a stop in the middle of a row as if there had been none', async () => {
    const whole = await finish(fitting());
    const store = createMemoryStore();
    const before = tf.memory().numTensors;
    const error = await startTraining(stopAt(16, fitting({ store }))).result.catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(TrainingStoppedError);
    expect(error).toMatchObject({ name: 'AbortError', step: 17, steps: 30, cause: { name: 'AbortError' } });
    expect((error as Error).message).toBe(
      'line: stopped at step 17 of 30. The same training with the same store goes on from there.',
    );
    expect(tf.memory().numTensors).toBe(before);
    const second = await finish(fitting({ store }));
    expect(second.history).toEqual(whole.history);
    expect(second.slope).toBe(whole.slope);
  });

  it('has the same rows after any number of stops, by every optimiser', async () => {
    for (const optimizer of [createAdam(), createMuon({ isMatrix: () => false })]) {
      const whole = await finish(fitting({ optimizer }));
      const store = createMemoryStore();
      for (let step = 0; step < 30; step += 4) {
        await expect(startTraining(stopAt(step, fitting({ store, optimizer }))).result).rejects.toThrow('stopped');
      }
      const last = await finish(fitting({ store, optimizer }));
      expect(last.history).toEqual(whole.history);
      expect(last.slope).toBe(whole.slope);
    }
  });

  it('says where it goes on, and with which rows; a finished one has nothing left to do', async () => {
    const store = createMemoryStore();
    await startTraining(stopAt(16, fitting({ store }))).result.catch(() => {});
    const [resume] = await eventsOf(fitting({ store }));
    expect(resume).toMatchObject({ event: 'resume', step: 17, history: [{ step: 7 }, { step: 14 }] });
    const written = await store.read('checkpoint.safetensors');
    const again = await eventsOf(fitting({ store }));
    expect(again).toMatchObject([{ event: 'resume', step: 30, metrics: { step: 30 } }]);
    expect(again[0]).toHaveProperty('history.length', 5);
    expect(await store.read('checkpoint.safetensors')).toEqual(written);
  });

  it('hears a signal that fires from outside of the loop, or before it', async () => {
    const stop = new AbortController();
    const run = startTraining(fitting({ steps: 1_000_000, signal: stop.signal }));
    const failed = run.result.catch((e) => e);
    await run.progress[Symbol.asyncIterator]().next();
    setTimeout(() => stop.abort(new Error('enough')));
    const error = await failed;
    expect(error).toMatchObject({ name: 'AbortError', cause: { message: 'enough' } });
    expect(error.step).toBeGreaterThan(0);
    const before = tf.memory().numTensors;
    const { progress } = startTraining(fitting({ signal: AbortSignal.abort() }));
    await expect(progress[Symbol.asyncIterator]().next()).rejects.toMatchObject({ name: 'AbortError', step: 0 });
    expect(tf.memory().numTensors).toBe(before);
  });

  it('refuses other settings, weights and trainings, and names what differs', async () => {
    const store = createMemoryStore();
    const reads = (value: number) => ({ generator: { weight: tf.tensor1d([1, value]) } });
    const known = reads(2);
    await finish(fitting({ store, steps: 3, reads: known }));
    const refused = (change: Partial<Definition>) =>
      finish(fitting({ store, steps: 3, reads: known, ...change })).then(
        () => 'accepted',
        (error: unknown) => {
          expect(error).toBeInstanceOf(CheckpointMismatchError);
          return (error as Error).message;
        },
      );
    const before = tf.memory().numTensors;
    expect(await refused({ settings: { seed: 6, shape: { degree: 2 } }, reads: undefined })).toBe(
      'resume: checkpoint.safetensors was written with other settings: seed: 5 in the checkpoint, 6 now; ' +
        'shape.degree: 1 in the checkpoint, 2 now. Give the settings of the first run, or choose another output folder to start anew.',
    );
    expect(tf.memory().numTensors).toBe(before);
    expect(await refused({ kind: 'curve' })).toMatch(/of a 'line' training, this is 'curve'/);
    expect(await refused({ reads: reads(2.5) })).toMatch(
      /was trained on another generator: SHA-256 [0-9a-f]{12}… in the checkpoint, SHA-256 [0-9a-f]{12}… now\. Give the generator/,
    );
    expect(await refused({ reads: undefined })).toMatch(/another generator: .* now/);
    const later = { seed: 5, shape: { degree: 1 }, added: 7 };
    expect(await refused({ settings: later, defaults: { added: 8 } })).toMatch('added: 8 in the checkpoint, 7 now');
    expect(await refused({ settings: later, defaults: { added: 7 } })).toBe('accepted');
  });

  it('begins with what another run had learned, whatever its settings, and goes on only with the same', async () => {
    const other = createMemoryStore();
    const learned = await finish(fitting({ store: other, steps: 60 }));
    const before = tf.memory().numTensors;
    const settings = { seed: 7 };
    const store = createMemoryStore();
    const begun = fitting({ settings, store, begin: other, learningRate: () => 1e-4 });
    await startTraining(stopAt(0, begun)).result.catch(() => {});
    const { slope, history } = await finish(begun);
    expect(slope).toBeCloseTo(learned.slope!, 1);
    expect(history[0]!.loss).toBeLessThan(1);
    expect(await finish(fitting({ settings, begin: other, learningRate: () => 1e-4 }))).toMatchObject({ slope });
    const wrong = async (change: Partial<Definition>) =>
      finish({ ...begun, ...change }).then(
        () => 'accepted',
        (error: unknown) => (error as Error).message,
      );
    expect(await wrong({ begin: undefined })).toMatch(/was trained on another beginning: SHA-256 .* none now/);
    expect(await wrong({ store: undefined, kind: 'curve' })).toBe(
      "begin: checkpoint.safetensors is of a 'line' training, this is 'curve'. Begin with the folder of a curve training.",
    );
    expect(await wrong({ store: undefined, begin: createMemoryStore() })).toBe(
      'begin: there is no checkpoint. Give the folder of a line training that has written one, with networks of the same sizes.',
    );
    expect(await wrong({ store: undefined, initial: () => ({ slope: tf.tensor1d([0, 0]) }) })).toMatch(
      /^begin: checkpoint\.safetensors does not fit or is damaged \(tensor 'parameters\.slope': expected float32 \[2\], got float32 \[1\]\)/,
    );
    expect(tf.memory().numTensors).toBe(before);
  });

  it('keeps a second training out of its store', async () => {
    const store = createMemoryStore();
    const first = startTraining(fitting({ store }));
    const before = tf.memory().numTensors;
    await expect(startTraining(fitting({ store })).result).rejects.toThrow(StoreLockedError);
    expect(tf.memory().numTensors).toBeGreaterThanOrEqual(before);
    (await first.result).parameters.slope.dispose();
    await finish(fitting({ store }));
  });

  it('says when a loss is no number, keeps the checkpoint from before, and leaks nothing', async () => {
    const store = createMemoryStore();
    await finish(fitting({ store, steps: 5 }));
    const saved = await store.read('checkpoint.safetensors');
    const before = tf.memory().numTensors;
    const broken = fitting({
      store,
      prepare: async () => ({ loss: ({ slope }) => tf.log(tf.sub(tf.sum(slope), 100)) as tf.Scalar }),
    });
    await expect(finish(broken)).rejects.toThrow(TrainingDivergedError);
    expect(await store.read('checkpoint.safetensors')).toEqual(saved);
    expect(await store.read('checkpoint-2.safetensors')).toBeNull();
    expect(tf.memory().numTensors).toBe(before);
  });

  it('leaks nothing where a step or a write fails', async () => {
    const before = tf.memory().numTensors;
    const thrown = fitting({
      prepare: async () => ({
        loss: (_, report) => {
          report('one', tf.scalar(1));
          throw new Error('no loss');
        },
      }),
    });
    await expect(finish(thrown)).rejects.toThrow('no loss');
    const full = createMemoryStore();
    full.write = async () => {
      throw new Error('the disk is full');
    };
    await expect(finish(fitting({ store: full }))).rejects.toThrow('the disk is full');
    expect(tf.memory().numTensors).toBe(before);
    await finish(fitting({ store: { ...full, write: async () => {} } })); // the lock is free again
  });
});
