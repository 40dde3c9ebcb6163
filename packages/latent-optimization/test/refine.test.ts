import { expectNoLeak, useTestBackend } from '@autodrag/nn/testing';
import { registerWasmGradients } from '@autodrag/wasm-gradients';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type RefineGenerator, type RefineOptions, type RefineStep, refine } from '../src/index.js';
import { combineSecants } from '../src/secant-step.js';
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

test('goes where codes vary, and where the regularizer wants it', async () => {
  const varies = tf.tensor2d([0, 0, 0, 1], [2, 2]); // up and down only
  const steps = await run({ covariance: varies });
  for (const { w } of steps) expect(movedBy(w)[0]).toBeCloseTo(4, 5);
  varies.dispose();
  const pulled = await run({ regularize: (ws) => tf.zerosLike(ws), gate: 1 });
  expect(pulled[1]!.w).toEqual(new Float32Array(8));
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
  await expect(run({ places })).rejects.toThrow('refine: places: expected one for each of 1 points, got 2');
  const covariance = tf.zeros([3, 3]) as tf.Tensor2D;
  await expect(run({ covariance })).rejects.toThrow('refine: covariance: expected [2, 2], got [3, 3]');
  covariance.dispose();
});

test('earlier steps are combined as far as they were right', () => {
  const of = (...values: number[]) => Float64Array.from(values);
  expect(combineSecants(of(3, 4), { steps: [], effects: [] }).factors).toEqual([]);
  // the step went twice as far as it should, and a little to the side
  const { factors, left } = combineSecants(of(3, 4), { steps: [of(1)], effects: [of(6, 0)] });
  expect(factors[0]).toBeCloseTo(0.5 / 1.05, 5);
  expect(left[0]).toBeCloseTo(3 - 3 / 1.05, 5);
  expect(left[1]).toBe(4);
});
