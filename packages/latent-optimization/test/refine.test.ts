import { expectNoLeak, useTestBackend } from '@autodrag/nn/testing';
import { registerWasmGradients } from '@autodrag/wasm-gradients';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type RefineGenerator, type RefineOptions, type RefineStep, refine } from '../src/index.js';
import { chooseRows, rowsOf } from '../src/refine/choose-rows.js';
import { createMotionModel, learnFrom, solveModel, stepOf } from '../src/refine/motion-model.js';
import { slidingGenerator } from './sliding-generator.js';

const sliding = slidingGenerator();
const generator: RefineGenerator = {
  config: sliding.config,
  features: (ws, heights, { image }) =>
    tf.tidy(
      () =>
        ({
          features: Object.fromEntries(
            heights.map((height) => [height, sliding.features(ws, height).features[height]!]),
          ),
          image: image ? tf.slice(sliding.features(ws, 32).features[32]!, [0, 0, 0, 0], [1, 32, 32, 3]) : null,
        }) as never,
    ) as never,
};
const pairs = [{ handle: { x: 10, y: 12 }, target: { x: 16, y: 12 } }];
let before: tf.Tensor3D;
let start: tf.Tensor3D; // four of the six pixels are done
beforeAll(async () => {
  await useTestBackend('wasm');
  registerWasmGradients();
  before = tf.zeros([1, 4, 2]);
  start = tf.tensor3d([0.4, 0, 0.4, 0, 0, 0, 0, 0], [1, 4, 2]);
});
afterAll(() => tf.dispose([before, start]));

async function run(options: RefineOptions = {}, from = start, points = pairs): Promise<RefineStep[]> {
  const steps: RefineStep[] = [];
  for await (const step of refine(generator, before, from, points, options)) steps.push(step);
  return steps;
}
const result = (steps: RefineStep[]) => steps.filter(({ best }) => best).at(-1)!;
const movedBy = (code: Float32Array) => [5 * (code[0]! + code[2]!), 5 * (code[1]! + code[3]!)];

test('brings a handle home in a few passes', async () => {
  const steps = await run();
  expect(steps[0]!.w).toEqual(Float32Array.from(start.dataSync()));
  expect(steps[0]!.distance).toBeCloseTo(2, 0);
  const { w, distance } = result(steps);
  expect(distance).toBeLessThan(0.1);
  const [right, down] = movedBy(w);
  expect(right).toBeCloseTo(6, 0);
  expect(Math.abs(down!)).toBeLessThan(0.3);
  expect(steps.length).toBeLessThanOrEqual(8);
});

test('brings several handles home, and back along a way that was too far', async () => {
  const far = tf.tensor3d([0.8, 0.1, 0.7, 0.1, 0, 0, 0, 0], [1, 4, 2]);
  const points = [...pairs, { handle: { x: 20, y: 22 }, target: { x: 26, y: 22 } }];
  const { w, distance } = result(await run({}, far, points));
  far.dispose();
  expect(distance).toBeLessThan(0.2);
  expect(movedBy(w)[0]).toBeCloseTo(6, 0);
});

test('an anchor pulls back: the picture stays between the two', async () => {
  const points = [{ handle: { x: 10, y: 12 }, target: { x: 13, y: 12 } }];
  const near = tf.tensor3d([0.2, 0, 0.2, 0, 0, 0, 0, 0], [1, 4, 2]); // by 2 of 3 pixels, and so is the anchor
  const { w, anchorDistance } = result(await run({ anchors: [{ x: 20, y: 22 }] }, near, points));
  near.dispose();
  expect(movedBy(w)[0]).toBeCloseTo(1.5, 0);
  expect(movedBy(w)[0]).toBeLessThan(1.9);
  expect(anchorDistance).toBeCloseTo(movedBy(w)[0]!, 0);
});

test('a mask holds the picture', async () => {
  const mask = new Float32Array(32 * 32).fill(1, 0, 32 * 16);
  const [held, free] = [result(await run({ mask })), result(await run())];
  expect(held.maskChange).toBeGreaterThan(0);
  expect(movedBy(held.w)[0]).toBeLessThan(movedBy(free.w)[0]! - 1);
  expect(free.maskChange).toBe(0);
});

/**
 * Two halves that slide by themselves: the left one by the first layer, the right one by the second, ten pixels for 1.
 * What a predictor moved unasked in the right half can be taken back without the handle in the left one.
 */
const halves: RefineGenerator = {
  config: sliding.config,
  features: (ws, heights, { image }) =>
    tf.tidy(() => {
      const half = (layer: number, height: number) => {
        const own = tf.slice(ws, [0, layer, 0], [1, 1, 2]);
        const { features } = sliding.features(tf.concat([own, own, tf.zeros([1, 2, 2])], 1) as tf.Tensor3D, height);
        return tf.slice(features[height]!, [0, 0, (layer * height) / 2, 0], [1, height, height / 2, 6]);
      };
      const map = (height: number) => tf.concat([half(0, height), half(1, height)], 2);
      const features = Object.fromEntries(heights.map((height) => [height, map(height)]));
      return { features, image: image ? tf.slice(map(32), [0, 0, 0, 0], [1, 32, 32, 3]) : null } as never;
    }) as never,
};

test.each([
  ['an anchor', { anchors: [{ x: 24, y: 20 }] }],
  ['a mask', { mask: Float32Array.from({ length: 32 * 32 }, (_, i) => (i % 32 < 16 ? 0 : 1)) }],
  ['both', { anchors: [{ x: 24, y: 20 }], mask: Float32Array.from({ length: 1024 }, (_, i) => (i % 32 < 16 ? 0 : 1)) }],
] as const)('%s is held as it was before the drag, where that can be', async (_, held) => {
  // four of the handle's six pixels are done, and the right half has gone 1.5 pixels along
  const moved = tf.tensor3d([0.4, 0, 0.15, 0, 0, 0, 0, 0], [1, 4, 2]);
  const points = [{ handle: { x: 7, y: 12 }, target: { x: 13, y: 12 } }];
  const steps: RefineStep[] = [];
  for await (const step of refine(halves, before, moved, points, { ...held })) steps.push(step);
  moved.dispose();
  const { w, distance, anchorDistance, maskChange } = result(steps);
  if ('mask' in held) expect(steps[0]!.maskChange).toBeGreaterThan(5);
  if ('anchors' in held) expect(steps[0]!.anchorDistance).toBeGreaterThan(1);
  expect(distance).toBeLessThan(0.02 * 6);
  expect(anchorDistance).toBeLessThan(0.005 * 32);
  expect(maskChange).toBeLessThan(1);
  expect(10 * w[0]!).toBeCloseTo(6, 0);
  expect(Math.abs(10 * w[2]!)).toBeLessThan(0.2);
});

test('goes where codes vary, and where the regularizer wants it', async () => {
  const varies = tf.tensor2d([0, 0, 0, 1], [2, 2]); // up and down only
  const steps = await run({ covariance: varies });
  for (const { w } of steps) expect(movedBy(w)[0]).toBeCloseTo(4, 5);
  varies.dispose();
  // what moves nothing goes where the regularizer wants it, and the handle comes home all the same
  const stray = tf.tensor3d([0.4, 0, 0.4, 0, 0, 0, 1, 0], [1, 4, 2]);
  const strayed = (found: RefineStep[]) => result(found).w[6]!;
  const regularize = (ws: tf.Tensor3D) => tf.zerosLike(ws);
  const [pulled, left] = [await run({ regularize, gate: 0.5 }, stray), await run({}, stray)];
  stray.dispose();
  expect(strayed(pulled)).toBeLessThan(strayed(left) - 0.3);
  expect(result(pulled).distance).toBeLessThan(0.2);
});

test('leaves no tensor behind, finished, left early or aborted', async () => {
  const mask = new Float32Array(32 * 32).fill(1, 0, 64);
  await expectNoLeak(async () => void (await run({ mask, anchors: [{ x: 3, y: 3 }], steps: 3, tolerance: 0 })));
  await expectNoLeak(async () => {
    for await (const _ of refine(generator, before, start, pairs, { mask })) break;
  });
  await expectNoLeak(async () => {
    const controller = new AbortController();
    const abort = async () => {
      for await (const _ of refine(generator, before, start, pairs, { signal: controller.signal }))
        controller.abort(new Error('enough'));
    };
    await expect(abort()).rejects.toThrow('enough');
  });
});

test('says what is wrong', async () => {
  const places = [
    { x: 1, y: 1 },
    { x: 2, y: 2 },
  ];
  await expect(run({ places })).rejects.toThrow('refine: places: expected one { x, y } for each of 1 points, got [{');
  const covariance = tf.zeros([3, 3]) as tf.Tensor2D;
  await expect(run({ covariance })).rejects.toThrow('refine: covariance: expected [2, 2], got [3, 3]');
  covariance.dispose();
  await expect(run({ anchors: [{ x: 32, y: 0 }] })).rejects.toThrow('refine: anchors[0]: expected x from 0 to 31');
  await expect(run({ places: [{ x: Number.NaN, y: 0 }] })).rejects.toThrow('refine: places: expected one { x, y }');
  await expect(run({ trials: Infinity })).rejects.toThrow('refine: trials: expected a whole number from 0');
  await expect(run({ editedLayers: 2.5 })).rejects.toThrow('refine: editedLayers: expected a whole number from 1');
  await expect(run({ resolutions: [24] })).rejects.toThrow('out of 4, 8, 16, 32, got 24');
});

test('counts its passes, and keeps to those it may make', async () => {
  const points = [...pairs, { handle: { x: 20, y: 22 }, target: { x: 26, y: 22 } }];
  const steps = await run({ anchors: [{ x: 5, y: 25 }], tolerance: 0, trials: 3, steps: 4 }, start, points);
  expect(steps.map(({ passes }) => passes)).toEqual([0, 4, 4, 4]);
  expect(steps.map(({ looks }) => looks)).toEqual([3, 4, 5, 6]);
  await expect(run({ steps: 0 })).rejects.toThrow('refine: steps: expected a whole number from 1, got 0');
});

test('every coordinate has a row of its own, or neighbours share one', () => {
  const at = (x: number, y: number) => ({ x, y });
  const handles = [at(0, 0), at(10, 0), at(1, 0)];
  const own = chooseRows(handles, [at(5, 5)], { budget: 9, mask: true });
  expect(own.map(({ points, axis }) => `${points}${axis}`).join(' ')).toBe('0x 0y 1x 1y 2x 2y 3x 3y mask');
  const shared = chooseRows(handles, [at(5, 5)], { budget: 6, mask: false });
  expect(shared.filter(({ axis }) => axis === 'x').map(({ points }) => points)).toEqual([[0, 2], [1], [3]]);
  expect(Array.from(rowsOf([1, 2, 3, 4, 5, 6, 7, 8], shared))).toEqual([3, 4, 3, 4, 7, 8]);
  expect(chooseRows(handles, [], { budget: 1, mask: false })).toHaveLength(1);
});

test('a model of the motion is right for what is linear, and learns what is not', () => {
  const of = (...values: number[]) => Float32Array.from(values);
  const model = createMotionModel([of(2, 0), of(1, 1)], [of(2, 0), of(1, 1)]);
  const factors = solveModel(model, [4, 5], 0);
  expect(Array.from(stepOf(model, factors))).toEqual([2, 3]); // 2 · 2 = 4, 2 + 3 = 5
  // it went half as far as it should have
  learnFrom(model, factors, [2, 2.5]);
  const [first, second] = model.effects.map((row) => row.reduce((sum, value, k) => sum + value * factors[k]!, 0));
  expect(first).toBeCloseTo(2, 5);
  expect(second).toBeCloseTo(2.5, 5);
  const again = Array.from(stepOf(model, solveModel(model, [2, 2.5], 0)));
  expect(again[0]).toBeCloseTo(2, 5);
  expect(again[1]).toBeCloseTo(3, 5);
  // a ridge makes steps shorter
  expect(Math.hypot(...solveModel(model, [4, 5], 1))).toBeLessThan(Math.hypot(...solveModel(model, [4, 5], 0)));
});
