import { readFile } from 'node:fs/promises';
import { createAutodrag } from '@autodrag/autodrag';
import { defaultWeights } from '@autodrag/avatars';
import { useTestBackend } from '@autodrag/nn/testing';
import { createGenerator, loadStyleGan2 } from '@autodrag/stylegan2';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, expect, test } from 'vitest';
import type { DragMethod } from '../methods/drag-method.js';
import { noEdit } from '../methods/no-edit.js';
import type { DragRecord } from '../run/drag-record.js';
import { runEvaluation } from '../run/run-evaluation.js';
import { landmarkTasks } from '../tasks/landmark-tasks.js';
import { type FaceApi, loadFaceJudge } from './face-judge.js';
import { featureJudge } from './feature-judge.js';

beforeAll(() => useTestBackend('wasm'));

/** Finds a face in bright pictures: 68 points on a line through the place of the brightest pixel. */
function fakeFaceApi(): { faceApi: FaceApi; loaded: string[]; seen: Float32Array[] } {
  const loaded: string[] = [];
  const seen: Float32Array[] = [];
  const network = (name: string) => ({
    loadFromWeightMap: (weights: never) => loaded.push(`${name}: ${Object.keys(weights).join()}`),
  });
  const faceApi: FaceApi = {
    tf: {
      tensor3d: (values) => {
        seen.push(values);
        return { values, dispose: () => {} };
      },
      io: tf.io as never,
    },
    nets: { tinyFaceDetector: network('detector'), faceLandmark68Net: network('landmarks') },
    TinyFaceDetectorOptions: class {},
    detectSingleFace: (image) => ({
      async withFaceLandmarks() {
        const { values } = image as { values: Float32Array };
        const brightest = values.indexOf(Math.max(...values)) / 3;
        if (Math.max(...values) < 200) return undefined;
        return { landmarks: { positions: Array.from({ length: 68 }, (_, i) => ({ x: brightest % 8, y: i })) } };
      },
    }),
  };
  return { faceApi, loaded, seen };
}

const weightsOf = (name: string) => ({
  manifest: [{ weights: [{ name, shape: [2], dtype: 'float32' }] }],
  bytes: new Uint8Array(Float32Array.of(1, 2).buffer),
});

test('the judge of faces gives pictures as bytes, and 68 points or nothing', async () => {
  const { faceApi, loaded, seen } = fakeFaceApi();
  const judge = await loadFaceJudge(faceApi, { detector: weightsOf('a'), landmarks: weightsOf('b') });
  expect(loaded).toEqual(['detector: a', 'landmarks: b']);
  expect([judge.count, judge.five.length]).toEqual([68, 5]);
  const values = new Float32Array(8 * 8 * 3).fill(-1.2);
  const picture = () => tf.tensor4d(values, [1, 8, 8, 3]);
  const dark = picture();
  expect(await judge.locate(dark, new Float32Array(0))).toBeNull();
  values.fill(1.5, 3 * 13, 3 * 14);
  const bright = picture();
  const found = await judge.locate(bright, new Float32Array(0));
  tf.dispose([dark, bright]);
  expect(found).toHaveLength(136);
  expect(Array.from(found!.slice(0, 4))).toEqual([5, 0, 5, 1]);
  expect([Math.min(...seen[1]!), Math.max(...seen[1]!)]).toEqual([0, 255]);
  await expect(
    loadFaceJudge(faceApi, { detector: { manifest: {}, bytes: new Uint8Array(4) }, landmarks: weightsOf('b') }),
  ).rejects.toThrow('these are not the weights of tiny_face_detector_model');
});

test('matched points go where they match: who knows the code leaves nothing, who does nothing all', async () => {
  const { config, parameters } = await loadStyleGan2(await readFile(defaultWeights.generator));
  const autodrag = createAutodrag({ generator: createGenerator(config, parameters) });
  const oracle: DragMethod = {
    name: 'oracle',
    title: 'oracle',
    run: async (_, { targetW }) => ({
      moments: [{ milliseconds: 1, w: targetW! }],
      ...{ steps: 1, forward: 1, backward: 0, milliseconds: 1 },
    }),
  };
  const run = { drags: 1, seed: 1 };
  const before = tf.memory().numTensors;
  const records: DragRecord[] = [];
  const options = { ...run, points: [1, 5] as const, methods: [noEdit, oracle] };
  for await (const record of runEvaluation(autodrag, featureJudge(), options)) records.push(record);
  expect(records).toHaveLength(4);
  for (const { method, before: way, after, points } of records) {
    expect(way).toBeGreaterThanOrEqual((50 * autodrag.width) / 512);
    expect(after / way).toBeCloseTo(method === 'none' ? 1 : 0, 1);
    expect(points === 1 || points === 5).toBe(true);
  }
  const tasks = async (points: 1 | 5) => {
    const all = [];
    for await (const { judge: _, ...task } of landmarkTasks(autodrag, featureJudge(), { ...run, points }))
      all.push(task);
    return all;
  };
  const [task] = await tasks(5);
  expect(task!.landmarks).toEqual([0, 1, 2, 3, 4]);
  expect(await tasks(5)).toEqual([task]);
  expect(tf.memory().numTensors).toBe(before);
  autodrag.dispose();
}, 400_000);
