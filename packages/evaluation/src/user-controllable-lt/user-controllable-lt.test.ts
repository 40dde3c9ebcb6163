import { createAutodrag } from '@autodrag/autodrag';
import { createRandom, disposeParameters, flattenParameters } from '@autodrag/nn';
import { useTestBackend } from '@autodrag/nn/testing';
import { createMemoryStore, TrainingStoppedError } from '@autodrag/nn/training';
import { createGenerator, createStyleGan2Parameters, type Generator, styleGan2Config } from '@autodrag/stylegan2';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { userControllableLtMethod } from '../methods/user-controllable-lt.js';
import { userControllableLtConfig } from './config.js';
import { localExpansion } from './local-expansion.js';
import { featureIndices, motionTokens } from './motion-tokens.js';
import { trainUserControllableLt } from './train-user-controllable-lt.js';
import { loadUserControllableLt, saveUserControllableLt } from './weights.js';

let generator: Generator;
beforeAll(async () => {
  await useTestBackend('wasm');
  const config = styleGan2Config({
    resolution: 32,
    zDim: 8,
    wDim: 8,
    mappingLayers: 2,
    mappingLrMultiplier: 1,
    channelBase: 256,
    channelMax: 8,
  });
  generator = createGenerator(config, createStyleGan2Parameters(createRandom(3), config));
});
afterAll(() => generator.dispose());

const sizes = { width: 16, heads: 2, feedForward: 16, encoderLayers: 1, decoderLayers: 1 };
const settings = { steps: 30, batchSize: 2, grid: 5, learningRate: 5e-3, reportEvery: 10, seed: 5 };

test('motions are in units, scaled to one unit at inference; features are of the pixel under the handle', () => {
  const config = userControllableLtConfig(generator, sizes); // 32 pixels: a unit of 10 px at 256 is 1.25
  const points = [
    { handle: { x: 0, y: 0 }, target: { x: 2.5, y: 0 } },
    { handle: { x: 31, y: 16 }, target: { x: 31, y: 17.25 } },
  ];
  expect([...motionTokens(points, config, { expansions: [0.1, 0] }).motions]).toEqual([2, 0, 1, 0, 1, 0]);
  const scaled = motionTokens(points, config, { scaled: true });
  expect(scaled.alpha).toBe(2);
  expect([...scaled.motions]).toEqual([1, 0, 0, 0, 0.5, 0]);
  expect([...featureIndices(points, config)]).toEqual([0, 16 * 32 + 31]);
  const still = motionTokens([{ handle: { x: 1, y: 1 }, target: { x: 1, y: 1 } }], config, { scaled: true });
  expect([...still.motions, still.alpha]).toEqual([0, 0, 0, 0]);
});

test('a picture that is enlarged by a tenth expands by its logarithm, one that moves does not', () => {
  const grid = Array.from({ length: 25 }, (_, i) => ({ x: 4 * (i % 5), y: 4 * Math.floor(i / 5) }));
  const moved = (to: (p: { x: number; y: number }) => { x: number; y: number }) =>
    grid.map((handle) => ({ handle, target: to(handle) }));
  for (const value of localExpansion(
    moved(({ x, y }) => ({ x: 1.1 * x + 3, y: 1.1 * y - 1 })),
    7,
  )) {
    expect(value).toBeCloseTo(Math.log(1.1), 6);
  }
  for (const value of localExpansion(
    moved(({ x, y }) => ({ x: x + 3, y })),
    7,
  )) {
    expect(value).toBeCloseTo(0, 9);
  }
  expect(localExpansion(moved((p) => p).slice(0, 2), 7)).toEqual([0, 0]);
});

test('it learns, the same for the same seed, with a stop in between or without', async () => {
  const before = tf.memory().numTensors;
  const whole = await trainUserControllableLt({ generator, config: sizes, ...settings }).result;
  const losses = whole.history.map(({ loss }) => loss!);
  expect(losses).toHaveLength(3);
  expect(losses[2]!).toBeLessThan(0.9 * losses[0]!);

  const store = createMemoryStore();
  const stop = new AbortController();
  const first = trainUserControllableLt({ generator, config: sizes, ...settings, store, signal: stop.signal });
  const stopped = first.result.catch((error: unknown) => error);
  for await (const { event, step } of first.progress) {
    if (event === 'train' && step === 10) stop.abort();
    if (event === 'checkpoint') break;
  }
  expect(await stopped).toBeInstanceOf(TrainingStoppedError);
  const resumed = await trainUserControllableLt({ generator, config: sizes, ...settings, store }).result;
  expect(resumed.history).toEqual(whole.history);
  const values = (parameters: typeof whole.parameters) =>
    Object.entries(flattenParameters(parameters)).map(([name, tensor]) => [name, [...tensor.dataSync()]]);
  expect(values(resumed.parameters)).toEqual(values(whole.parameters));

  const other = trainUserControllableLt({ generator, config: sizes, ...settings, moveShare: 0.2, store });
  await expect(other.result).rejects.toThrow('moveShare');
  disposeParameters(resumed.parameters);
  disposeParameters(whole.parameters);
  expect(tf.memory().numTensors).toBe(before);
});

test('as a method it moves the edited layers, in proportion to the drag, and comes back from its file the same', async () => {
  const { config, parameters } = await trainUserControllableLt({ generator, config: sizes, ...settings, steps: 8 })
    .result;
  const loaded = await loadUserControllableLt(await saveUserControllableLt(config, parameters));
  expect(loaded.config).toEqual(config);
  disposeParameters(parameters);
  const autodrag = createAutodrag({ generator });
  const before = tf.memory().numTensors;
  const w = Float32Array.from({ length: autodrag.numWs * autodrag.wDim }, (_, i) => Math.sin(i));
  const method = userControllableLtMethod(loaded);
  const drag = async (length: number) => {
    const points = [{ handle: { x: 10, y: 10 }, target: { x: 10 + length, y: 10 } }];
    const task = { index: 0, count: 1, w, targetW: w, points, landmarks: [0], from: w, to: w } as const;
    const { moments, forward, backward } = await method.run(autodrag, task);
    expect([moments.length, forward, backward]).toEqual([1, 1, 0]);
    return moments[0]!.w.map((value, i) => value - w[i]!);
  };
  const [one, two, none] = [await drag(2), await drag(4), await drag(0)];
  const edited = 6 * autodrag.wDim;
  expect(Math.hypot(...one.subarray(0, edited))).toBeGreaterThan(1e-3);
  expect(Math.hypot(...one.subarray(edited))).toBe(0);
  expect(Math.hypot(...none)).toBe(0);
  one.forEach((value, i) => {
    expect(two[i]!).toBeCloseTo(2 * value, 5);
  });
  expect(tf.memory().numTensors).toBe(before);
  disposeParameters(loaded.parameters);
  const wrong = { ...loaded, config: { ...config, wDim: 16 } };
  const task = { index: 0, count: 1, w, targetW: w, points: [], landmarks: [], from: w, to: w } as const;
  await expect(userControllableLtMethod(wrong).run(autodrag, task)).rejects.toThrow('8 x 16, the model has 8 x 8');
});

test('a file of another model, and sizes that cannot be, are refused', async () => {
  await expect(loadUserControllableLt(new Uint8Array(64))).rejects.toThrow('loadUserControllableLt');
  expect(() => userControllableLtConfig(generator, { width: 15, heads: 3 })).toThrow('width must be even');
  expect(() => trainUserControllableLt({ generator, steps: 0 })).toThrow('steps');
  expect(() => userControllableLtConfig(generator, { motionUnit: 0 })).toThrow('motionUnit');
});
