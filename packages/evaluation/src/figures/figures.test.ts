import { createAutodrag } from '@autodrag/autodrag';
import { createLatentRegularizer } from '@autodrag/latent-regularizer';
import { useTestBackend } from '@autodrag/nn/testing';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { tinyModels } from '../../../autodrag/test/tiny-models.js';
import type { Judge } from '../judges/judge.js';
import type { DragMethod } from '../methods/drag-method.js';
import { noEdit } from '../methods/no-edit.js';
import type { DragRecord } from '../run/drag-record.js';
import { packEditedLayers, unpackEditedLayers } from '../run/edited-layers.js';
import { runEvaluation } from '../run/run-evaluation.js';
import { landmarkTasks } from '../tasks/landmark-tasks.js';
import { chooseDrags } from './choose-drags.js';
import { motionFigure } from './motion-figure.js';
import { qualitativeFigure } from './qualitative-figure.js';
import { regularizerFigure } from './regularizer-figure.js';
import { withAndWithoutFigure } from './with-and-without-figure.js';

const judge: Judge = {
  name: 'colours',
  count: 5,
  error: 'none',
  five: [0, 1, 2, 3, 4],
  async locate(image) {
    const means = tf.tidy(() => tf.mean(image, [0, 1, 2]));
    const colours = await means.data();
    means.dispose();
    return Float32Array.from({ length: 10 }, (_, i) => 16 + 10 * Math.tanh(3 * colours[i % 3]!));
  },
};
/** Goes all the way. */
const oracle: DragMethod = {
  name: 'one-call',
  title: 'oracle',
  run: async (_, { targetW }) => ({
    moments: [{ milliseconds: 5, w: targetW! }],
    ...{ steps: 1, forward: 1, backward: 0, milliseconds: 5 },
  }),
};

let autodrag: ReturnType<typeof createAutodrag>;
beforeAll(async () => {
  await useTestBackend('cpu');
  autodrag = createAutodrag(tinyModels());
});
afterAll(() => autodrag.dispose());

test('the layers that an edit changed are stored exactly, and no more of them', () => {
  const before = Float32Array.from({ length: 24 }, (_, i) => i / 7);
  const after = before.map((value, i) => (i < 13 ? value * Math.PI : value));
  const packed = packEditedLayers(before, after, 8);
  expect(atob(packed)).toHaveLength(4 * 16);
  expect(unpackEditedLayers(before, packed)).toEqual(after);
  expect(packEditedLayers(before, before, 8)).toBe('');
  expect(unpackEditedLayers(before, '')).toEqual(before);
});

test('quartiles of ours and the worst of each, each drag once', () => {
  const record = (method: string, task: number, after: number) => ({ method, task, before: 1, after }) as DragRecord;
  const records = [0.5, 0.1, 0.3, 0.2, 0.4].flatMap((after, task) => [
    record('a', task, after),
    record('b', task, task === 2 ? 3 : task === 3 ? Number.NaN : 0),
  ]);
  expect(chooseDrags(records, 'a', ['a', 'b'], { b: 'B' })).toEqual([
    { task: 3, title: 'lower quartile' },
    { task: 2, title: 'median; worst of B' },
    { task: 4, title: 'upper quartile' },
    { task: 0, title: 'worst of a' },
  ]);
});

test('a sheet shows the codes that the methods ended with, from seeds and records alone', async () => {
  const records: DragRecord[] = [];
  const run = { points: [1], drags: 4, minimumDistance: 1, seed: 3 } as const;
  for await (const record of runEvaluation(autodrag, judge, { ...run, methods: [noEdit, oracle] }))
    records.push(record);
  const stored = JSON.parse(JSON.stringify(records)) as DragRecord[];
  const options = { points: 1, methods: ['none', 'one-call'], titles: {}, seed: 3, minimumDistance: 1 } as const;
  const before = tf.memory().numTensors;
  const figure = (await qualitativeFigure(autodrag, judge, stored, options))!;
  expect(tf.memory().numTensors).toBe(before);
  expect(figure.columns).toEqual(['before', 'one-call', 'a picture that has them there']);
  const tasks = [];
  for await (const task of landmarkTasks(autodrag, judge, { ...run, points: 1 })) tasks.push(task);
  for (const { tiles } of figure.rows) {
    const [start, end, target] = tiles.map((tile) => tile!.w);
    expect(tasks.map(({ w }) => w)).toContainEqual(start);
    expect(end).toEqual(target);
    expect(tiles[1]!.caption).toBe('0 % remains');
  }
  expect(await qualitativeFigure(autodrag, judge, stored, { ...options, points: 5 })).toBeNull();
});

test('outliers are restored by the regularizer; motions end at another code, their last layers stay', async () => {
  const before = tf.memory().numTensors;
  const outliers = await regularizerFigure(autodrag, { rows: 2 });
  const [w, outlier, restored] = outliers.rows[1]!.tiles.map((tile) => tile!.w);
  const at = tf.tensor3d(outlier!, [1, autodrag.numWs, autodrag.wDim]);
  const { config, parameters } = autodrag.regularizer!;
  const again = createLatentRegularizer(config, parameters).restore(at);
  const values = await again.data();
  tf.dispose([at, again]);
  expect(Math.max(...values.map((value, i) => Math.abs(value - restored![i]!)))).toBeLessThan(1e-5);
  expect(outlier).not.toEqual(w);

  const motions = await motionFigure(autodrag, { rows: 2 });
  expect(motions.columns).toEqual(['w0', 'w1', 'w2', 'w3', 'w4', 'w5']);
  const codes = motions.rows[0]!.tiles.map((tile) => tile!.w);
  const edited = 6 * autodrag.wDim;
  expect(codes[5]!.slice(edited)).toEqual(codes[0]!.slice(edited));
  codes[2]!.slice(0, edited).forEach((value, i) => {
    expect(value).toBeCloseTo(0.6 * codes[0]![i]! + 0.4 * codes[5]![i]!, 4);
  });

  const pair = await withAndWithoutFigure(autodrag, judge, { drags: 1, minimumDistance: 1 });
  const [, with_, without] = pair.rows[0]!.tiles.map((tile) => tile!.w);
  expect(with_).not.toEqual(without);
  expect(tf.memory().numTensors).toBe(before);
});
