import { type Autodrag, createAutodrag } from '@autodrag/autodrag';
import { createRandom } from '@autodrag/nn';
import { useTestBackend } from '@autodrag/nn/testing';
import { createGenerator, createStyleGan2Parameters, styleGan2Config } from '@autodrag/stylegan2';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Judge } from '../judges/judge.js';
import type { DragMethod } from '../methods/drag-method.js';
import { noEdit } from '../methods/no-edit.js';
import type { DragRecord } from '../run/drag-record.js';
import { qualityMarkdown } from '../run/markdown.js';
import { runEvaluation } from '../run/run-evaluation.js';
import { summarizeQuality } from '../run/summarize.js';
import type { DragTask } from './drag-task.js';
import { landmarkTasks } from './landmark-tasks.js';

const places = [8, 8, 24, 8, 8, 24];
/** Three landmarks, each of which goes where it will; in pictures they are moved to the right by the mean colour. */
const judge: Judge = {
  name: 'corners',
  count: 3,
  error: 'none',
  five: [0, 1],
  async locate(image) {
    const mean = tf.mean(image);
    const [shift] = await mean.data();
    mean.dispose();
    return Float32Array.from(places, (at, i) => (i % 2 ? at : at + Math.tanh(shift!)));
  },
  geometry: () => ({
    dimensions: 6,
    count: 3,
    locate: (z) => ({ points: places.map((at, i) => at + 5 * z[i]!), visible: [1, 1, 1] }),
  }),
};
/** Changes the code, and keeps what it was asked. */
const asked: DragTask[] = [];
const other: DragMethod = {
  name: 'other',
  title: 'other',
  async run(_, task) {
    asked.push(task);
    const w = task.w.map((value, i) => (i < 16 ? value + 1 : value));
    return { moments: [{ milliseconds: 1, w }], steps: 1, forward: 1, backward: 0, milliseconds: 1 };
  },
};

let autodrag: Autodrag;
beforeAll(async () => {
  await useTestBackend('cpu');
  const sizes = { resolution: 32, zDim: 8, wDim: 8, mappingLayers: 1, channelBase: 128, channelMax: 4 };
  const config = styleGan2Config(sizes);
  autodrag = createAutodrag({ generator: createGenerator(config, createStyleGan2Parameters(createRandom(1), config)) });
});
afterAll(() => autodrag.dispose());

test('methods are told what to hold, and records say how well it was held', async () => {
  const records: DragRecord[] = [];
  const options = { methods: [noEdit, other], points: ['anchors', 'mask'] as const, drags: 3, seed: 3 };
  for await (const record of runEvaluation(autodrag, judge, options)) records.push(record);
  expect(records).toHaveLength(12);
  const [anchored, masked] = [asked.find(({ anchors }) => anchors)!, asked.find(({ mask }) => mask)!];
  expect(anchored.anchors).toHaveLength(2);
  expect(anchored.anchorLandmarks).not.toContain(anchored.landmarks[0]);
  const { handle, target } = masked.points[0]!;
  expect(Math.hypot(target.x - handle.x, target.y - handle.y)).toBeCloseTo(0.08 * 32, 3);
  const fixedAt = (x: number, y: number) => masked.mask![Math.round(y) * 32 + Math.round(x)];
  expect([fixedAt(handle.x, handle.y), fixedAt(target.x, target.y), fixedAt(31, 31)]).toEqual([0, 0, 1]);

  const of = (points: string, method: string) =>
    records.filter((one) => one.points === points && one.method === method);
  for (const { slip, maskChange } of of('anchors', 'none')) expect([slip, maskChange]).toEqual([0, undefined]);
  for (const { slip, maskChange } of of('mask', 'none')) expect([slip, maskChange]).toEqual([undefined, 0]);
  for (const { slip, collateral } of of('anchors', 'other')) {
    expect(slip).toBeGreaterThan(0);
    expect(slip).toBeCloseTo(collateral, 5); // all move alike
  }
  for (const { maskChange } of of('mask', 'other')) expect(maskChange).toBeGreaterThan(0);

  const table = qualityMarkdown(summarizeQuality(records, ['none', 'other'], 32), {});
  expect(table).toContain('### 1 point, two anchors');
  expect(table).toContain('anchors slip, % of the size');
  expect(table).toContain('change of the fixed part');
});

test('a judge that knows no geometry cannot make them', async () => {
  const { geometry: _, ...plain } = judge;
  await expect(landmarkTasks(autodrag, plain, { points: 'mask' }).next()).rejects.toThrow(
    "the judge 'corners' knows no",
  );
});
