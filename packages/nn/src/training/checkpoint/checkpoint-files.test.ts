import * as tf from '@tensorflow/tfjs';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { createAdam } from '../../optimizer/adam.js';
import { disposeParameters } from '../../tree/dispose-parameters.js';
import { flattenParameters } from '../../tree/flatten-parameters.js';
import { type LoadedSafetensors, loadSafetensors } from '../../weights/load-safetensors.js';
import { saveSafetensors } from '../../weights/save-safetensors.js';
import { CheckpointDamagedError } from '../training-errors.js';
import { sealChecksum } from './checkpoint-checksum.js';
import { openCheckpoints } from './checkpoint-files.js';
import { type CheckpointStore, createMemoryStore } from './checkpoint-store.js';

const make = (value: number) => ({ layers: [{ weight: tf.fill([2, 3], value) }], bias: tf.tensor1d([value]) });
const parameters = make(0);
const optimizer = createAdam().init(parameters);
const expected = {
  kind: 'line',
  settings: { seed: 1, note: '"checksum":"' },
  reads: {},
  steps: 6,
  parameters,
  optimizer,
};
const [newer, older] = ['checkpoint-2.safetensors', 'checkpoint.safetensors'] as const;

const history = [{ step: 1, loss: 0.5, odd: Number.NaN, minus: -0, far: Number.NEGATIVE_INFINITY }];
const checkpoint = (step: number) => ({
  step,
  parameters: make(step),
  optimizer,
  history,
  partial: { loss: [1 / 3, step] as const },
});

/** A store with the checkpoints of steps 2 (`older`) and 4 (`newer`). */
async function twoCheckpoints(): Promise<CheckpointStore> {
  const store = createMemoryStore();
  const files = await openCheckpoints(store, expected);
  await files.write(checkpoint(2));
  await files.write(checkpoint(4));
  return store;
}

/** What is found, without its tensors. */
async function open(store: CheckpointStore): Promise<{ step: number | undefined; warnings: readonly string[] }> {
  const before = tf.memory().numTensors;
  try {
    const { resumed, warnings } = await openCheckpoints(store, expected);
    if (resumed) {
      expect(resumed).toMatchObject({ history, partial: { loss: [1 / 3, resumed.step] } });
      expect(Object.is(resumed.history[0]!.minus, -0)).toBe(true);
      const values = Object.values(flattenParameters(resumed.parameters)).map((tensor) => tensor.dataSync()[0]);
      expect(values).toEqual([resumed.step, resumed.step]);
      disposeParameters(resumed.parameters);
      disposeParameters(resumed.optimizer);
    }
    return { step: resumed?.step, warnings };
  } finally {
    expect(tf.memory().numTensors).toBe(before);
  }
}

/** The bytes with other metadata or tensors, and a checksum that fits them. */
async function forged(bytes: Uint8Array, change: (file: LoadedSafetensors) => void): Promise<Uint8Array> {
  const file = await loadSafetensors(bytes);
  change(file);
  const tensors = Object.entries(file.tensors).map(([name, tensor]) => [
    name,
    tensor.dtype === 'uint8' ? { ...tensor, data: Uint8Array.from(tensor.data) } : tensor,
  ]);
  return sealChecksum(
    await saveSafetensors(Object.fromEntries(tensors), { metadata: { ...file.metadata, checksum: '0'.repeat(64) } }),
  );
}

beforeAll(async () => {
  await tf.setBackend('cpu');
});

describe('openCheckpoints', () => {
  it('keeps the last two, each replaced in turn, and takes the newer', async () => {
    const store = createMemoryStore();
    expect(await open(store)).toEqual({ step: undefined, warnings: [] });
    const files = await openCheckpoints(store, expected);
    for (const step of [1, 2, 3]) await files.write(checkpoint(step));
    expect(await open(store)).toEqual({ step: 3, warnings: [] });
    const resumed = await openCheckpoints(store, expected);
    await resumed.write(checkpoint(4));
    expect(await open(store)).toEqual({ step: 4, warnings: [] });
    await store.write('checkpoint-2.safetensors', new Uint8Array(3));
    expect(await open(store)).toMatchObject({ step: 3 });
  });

  it('finds every flipped bit, goes on from the one before, and says so in a line', async () => {
    const store = await twoCheckpoints();
    const bytes = (await store.read(newer))!;
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: bytes.length * 8 - 1 }), async (bit) => {
        const flipped = bytes.slice();
        flipped[bit >> 3]! ^= 1 << (bit & 7);
        await store.write(newer, flipped);
        const { step, warnings } = await open(store);
        expect(step).toBe(2);
        expect(warnings).toHaveLength(1);
        expect(warnings[0]).toMatch(
          /^checkpoint-2\.safetensors is damaged \(.+\) and was left out: going on from checkpoint\.safetensors, step 2\.$/,
        );
        expect(warnings[0]).not.toContain('\n');
      }),
      { numRuns: 1000 },
    );
  });

  it('takes no truncated, empty, longer or random file, and next replaces the damaged one', async () => {
    const store = await twoCheckpoints();
    const bytes = (await store.read(newer))!;
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(
          fc.integer({ min: 0, max: bytes.length - 1 }).map((length) => bytes.slice(0, length)),
          fc.uint8Array({ maxLength: 300 }),
          fc.uint8Array({ minLength: 1, maxLength: 9 }).map((more) => Uint8Array.from([...bytes, ...more])),
        ),
        async (damaged) => {
          await store.write(newer, damaged);
          expect((await open(store)).step).toBe(2);
        },
      ),
      { numRuns: 500 },
    );
    const files = await openCheckpoints(store, expected);
    await files.write(checkpoint(3));
    expect(await open(store)).toEqual({ step: 3, warnings: [] });
    await store.write(newer, new Uint8Array(0));
    expect((await open(store)).step).toBe(2);
  });

  it('starts nothing anew where all checkpoints are damaged', async () => {
    const store = await twoCheckpoints();
    await store.write(newer, new Uint8Array(100));
    await store.write(older, new TextEncoder().encode('hello'));
    await expect(open(store)).rejects.toThrow(CheckpointDamagedError);
    await expect(open(store)).rejects.toThrow(
      'Restore a copy of it, or delete checkpoint.safetensors and checkpoint-2.safetensors to start anew.',
    );
  });

  it.each([
    ['a step that is none', { step: 'x' }, "step: expected a whole number from 0 to 6, got 'x'"],
    ['a step beyond the end', { step: '9' }, "from 0 to 6, got '9'"],
    ['a step with a sign', { step: '-1' }, "got '-1'"],
    ['a step of another spelling', { step: '04' }, "got '04'"],
    ['a step of another spelling', { step: '4e0' }, "got '4e0'"],
    ['no step', { step: undefined }, 'expected the fields'],
    ['a field too many', { other: '1' }, 'expected the fields'],
    ['another version', { version: '2' }, 'of version 2'],
    ['rows that are none', { history: '[1]' }, 'history: expected rows'],
    ['rows of texts', { history: '[{"step":1,"loss":"1"}]' }, 'history: loss: expected a number'],
    ['rows with no value', { history: '[{"step":1,"loss":null}]' }, 'history: loss: expected a number'],
    ['rows from the future', { history: '[{"step":5}]' }, 'expected steps from 1 to 4, got 5'],
    ['rows in disorder', { history: '[{"step":2},{"step":1}]' }, 'expected steps from 3 to 4, got 1'],
    ['no rows', { history: '' }, 'history: it is no JSON'],
    ['no JSON', { partial: '{' }, 'partial: it is no JSON'],
    ['sums that are none', { partial: '{"loss":3}' }, 'partial: loss: expected a total and a count'],
    ['sums of no step', { partial: '{"loss":[3,0]}' }, 'partial: loss: expected a total and a count'],
    ['settings that are none', { settings: '[]' }, 'settings: expected an object'],
  ])('refuses %s, whatever its checksum', async (_, metadata, message) => {
    const store = await twoCheckpoints();
    const file = await forged((await store.read(newer))!, (parts) => {
      for (const [name, value] of Object.entries(metadata)) {
        if (name === 'history') {
          const data = Int32Array.from(new TextEncoder().encode(value));
          parts.tensors.history = { dtype: 'uint8', shape: [data.length], data };
        } else if (value === undefined) delete parts.metadata[name];
        else parts.metadata[name] = value;
      }
    });
    await store.write(newer, file);
    const { step, warnings } = await open(store);
    expect(step).toBe(2);
    expect(warnings.join()).toContain(message);
  });

  it('refuses tensors that do not fit, whatever the checksum', async () => {
    const store = await twoCheckpoints();
    const bytes = (await store.read(newer))!;
    type Parts = LoadedSafetensors;
    const bias = 'parameters.bias';
    const changes: [(parts: Parts) => void, string][] = [
      [({ tensors }) => delete tensors.history, 'history: expected bytes'],
      [({ tensors }) => delete tensors[bias], `it has no tensor '${bias}'`],
      [
        ({ tensors }) => {
          tensors[bias] = { ...tensors[bias]!, shape: [1, 1] };
        },
        'expected float32 [1], got float32 [1, 1]',
      ],
      [
        ({ tensors }) => {
          tensors[bias] = { dtype: 'int32', shape: [1], data: Int32Array.of(4) };
        },
        'got int32 [1]',
      ],
      [
        ({ tensors }) => {
          tensors.extra = tensors[bias]!;
        },
        'a tensor too many, "extra"',
      ],
    ];
    for (const [change, message] of changes) {
      await store.write(newer, await forged(bytes, change));
      const { step, warnings } = await open(store);
      expect(step).toBe(2);
      expect(warnings.join()).toContain(message);
    }
  });
});
