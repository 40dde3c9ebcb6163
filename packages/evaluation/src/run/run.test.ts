import type { Autodrag } from '@autodrag/autodrag';
import { createAutodrag } from '@autodrag/autodrag';
import { createRandom } from '@autodrag/nn';
import { useTestBackend } from '@autodrag/nn/testing';
import { createGenerator, createStyleGan2Parameters, styleGan2Config } from '@autodrag/stylegan2';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Judge } from '../judges/judge.js';
import type { DragMethod } from '../methods/drag-method.js';
import { noEdit } from '../methods/no-edit.js';
import { type DragRecord, recordKey } from './drag-record.js';
import { qualityMarkdown } from './markdown.js';
import { runEvaluation } from './run-evaluation.js';
import { summarizeQuality } from './summarize.js';

/** Three landmarks that follow the picture's mean colours. */
const judge: Judge = {
  name: 'colours',
  count: 3,
  error: 'none',
  five: [0, 1],
  async locate(image) {
    const means = tf.tidy(() => tf.mean(image, [0, 1, 2]));
    const [r, g, b] = await means.data();
    means.dispose();
    const at = (mean: number) => 16 + 10 * Math.tanh(mean);
    return Float32Array.of(at(r!), 16, 16, at(g!), at(b!), 16);
  },
};
/** Goes all the way. */
const oracle: DragMethod = {
  name: 'oracle',
  title: 'oracle',
  run: async (_, { targetW }) => ({
    ...{ moments: [{ milliseconds: 3, w: targetW! }], steps: 1, forward: 1, backward: 0, milliseconds: 3 },
  }),
};

let autodrag: Autodrag;
beforeAll(async () => {
  await useTestBackend('cpu');
  const config = styleGan2Config({
    resolution: 32,
    zDim: 8,
    wDim: 8,
    mappingLayers: 1,
    channelBase: 128,
    channelMax: 4,
  });
  autodrag = createAutodrag({ generator: createGenerator(config, createStyleGan2Parameters(createRandom(1), config)) });
});
afterAll(() => autodrag.dispose());

async function all(options: Partial<Parameters<typeof runEvaluation>[2]> = {}): Promise<DragRecord[]> {
  const records: DragRecord[] = [];
  const settings = { methods: [noEdit, oracle], drags: 5, minimumDistance: 1, seed: 3, ...options };
  for await (const record of runEvaluation(autodrag, judge, settings)) records.push(record);
  return records;
}

test('who does nothing leaves all of the distance, who knows the code nothing', async () => {
  const before = tf.memory().numTensors;
  const rows = summarizeQuality(await all(), ['none', 'oracle'], 32);
  expect(tf.memory().numTensors).toBe(before);
  expect(rows.map(({ points, method, drags }) => [points, method, drags])).toEqual([
    [1, 'none', 5],
    [1, 'oracle', 5],
    [5, 'none', 5],
    [5, 'oracle', 5],
  ]);
  for (const { method, remaining, meanDistance, meanDistanceBefore } of rows) {
    expect(remaining.value).toBeCloseTo(method === 'none' ? 1 : 0, 5);
    expect(meanDistance.value).toBeCloseTo(method === 'none' ? meanDistanceBefore : 0, 4);
  }
});

test('shards, merged in any order, and a run that was stopped give the same table bit for bit', async () => {
  const table = (records: readonly DragRecord[]) =>
    qualityMarkdown(summarizeQuality(records, ['none', 'oracle'], 32), { none: 'no edit' });
  const whole = await all();
  const shards = await Promise.all([3, 1, 2].map((index) => all({ shard: { index, of: 3 } })));
  expect(shards.flat()).toHaveLength(whole.length);
  expect(table(shards.flat().reverse())).toBe(table(whole));
  const first = whole.slice(0, 7);
  const rest = await all({ done: new Set(first.map(recordKey)) });
  expect(rest).toHaveLength(whole.length - 7);
  expect(table([...rest, ...first])).toBe(table(whole));
  expect(table(whole)).toContain('| no edit | 5 |');
  expect(table(whole.slice(2))).not.toBe(table(whole));
});
