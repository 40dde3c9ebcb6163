import '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-wasm';
import { registerWasmGradients } from '@autodrag/wasm-gradients';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tinyModels } from '../../test/tiny-models.js';
import { type Autodrag, createAutodrag } from '../autodrag.js';
import { maskAnchors, maskChange } from './mask.js';

let autodrag: Autodrag;
let alone: Autodrag;
beforeAll(async () => {
  await tf.setBackend('wasm');
  registerWasmGradients();
  autodrag = createAutodrag(tinyModels());
  alone = createAutodrag({ generator: tinyModels().generator });
});
afterAll(() => {
  autodrag.dispose();
  alone.dispose();
});

const pull = [{ handle: { x: 10, y: 12 }, target: { x: 16, y: 15 } }];
const mask = new Float32Array(32 * 32).fill(1, 0, 32 * 8); // the upper quarter stays

describe('refine', () => {
  it('goes on from what the predictor left, and never ends farther away', async () => {
    for (const seed of [7, 8, 9]) {
      const session = await autodrag.sample(seed);
      const plain = await session.drag(pull);
      await session.undo();
      const refined = await session.drag(pull, { refine: { steps: 4 } });
      expect(refined.distanceAfter).toBeLessThanOrEqual(plain.distanceAfter + 1); // two trackers, one pixel
      expect(refined.passes).toBeGreaterThan(0);
      expect(refined.passes).toBeLessThanOrEqual(4);
      expect(plain.passes).toBe(0);
      expect(session.w).toEqual(refined.w);
      session.dispose();
    }
  });

  it('holds a mask and says how well', async () => {
    const session = await autodrag.sample(7);
    const first = session.image;
    const result = await session.drag(pull, { refine: true, mask });
    expect(result.maskChange).toBe(maskChange(mask, first, result.image)); // of the pictures that one gets
    await session.undo();
    expect((await session.drag(pull)).maskChange).toBeNull();
    session.dispose();
  });
});

describe('anchors', () => {
  it('are told with their slip, and drags that refine hold them no worse than by the pixel of two trackers', async () => {
    const anchors = [{ x: 24, y: 26 }];
    for (const seed of [7, 8, 9]) {
      const session = await autodrag.sample(seed);
      const plain = await session.drag(pull, { anchors });
      await session.undo();
      const refined = await session.drag(pull, { anchors, refine: true });
      const [before, after] = [plain, refined].map((one) => one.distanceAfter + one.anchors[0]!.slip);
      expect(refined.anchors[0]).toMatchObject({ anchor: anchors[0] });
      expect(after).toBeLessThanOrEqual(before! + 1);
      session.dispose();
    }
  });
});

describe('optimisation', () => {
  it.each(['draggan', 'freedrag'] as const)('drags by %s, with and without a predictor', async (method) => {
    for (const model of [autodrag, alone]) {
      const session = await model.sample(7);
      const steps: number[] = [];
      const result = await session.drag(pull, { method, steps: 5, mask, onStep: ({ step }) => steps.push(step) });
      expect(steps).toEqual([1, 2, 3, 4, 5].slice(0, steps.length));
      expect(result.passes).toBe(steps.length);
      expect(result.distanceAfter).toBeLessThanOrEqual(result.distanceBefore);
      session.dispose();
    }
  });

  it('is what a model without a predictor does, unless it is asked for one', async () => {
    const session = await alone.sample(7);
    expect((await session.drag(pull, { steps: 2 })).passes).toBe(2);
    await expect(session.drag(pull, { method: 'predictor' })).rejects.toThrow('this model has no predictor');
    await expect(session.drag(pull, { method: 'magic' as 'draggan' })).rejects.toThrow(
      "expected one of predictor, draggan, freedrag, got 'magic'",
    );
    session.dispose();
  });

  it('can be aborted, and leaves session and memory as they were', async () => {
    const session = await alone.sample(7);
    await session.drag(pull, { steps: 1 }); // what is made once
    await session.undo();
    const { w } = session;
    const before = tf.memory().numTensors;
    const controller = new AbortController();
    const drag = session.drag(pull, { signal: controller.signal, onStep: () => controller.abort(new Error('enough')) });
    await expect(drag).rejects.toThrow('enough');
    expect(session.w).toEqual(w);
    expect(tf.memory().numTensors - before).toBeLessThanOrEqual(session ? 3 : 0); // the features of the picture
    session.dispose();
    expect(tf.memory().numTensors).toBeLessThanOrEqual(before);
  });
});

describe('mask', () => {
  it('is checked', async () => {
    const session = await autodrag.sample(7);
    await expect(session.drag(pull, { mask: [1] })).rejects.toThrow('mask: expected 32 × 32 = 1024 numbers');
    const bytes = new Uint8Array(1024).fill(255);
    await expect(session.drag(pull, { mask: bytes })).rejects.toThrow('from 0 (may change) to 1 (must stay), got 255');
    await expect(session.drag(pull, { refine: { steps: 0 } })).rejects.toThrow('refine.steps: expected a whole number');
    session.dispose();
  });

  it('becomes points that lie in it, apart from one another and from the handles', () => {
    const points = maskAnchors(mask, { width: 32, height: 32 }, 5, [{ x: 4, y: 4 }]);
    expect(points.length).toBeGreaterThan(2);
    for (const [i, { x, y }] of points.entries()) {
      expect(mask[y * 32 + x]).toBe(1);
      for (const other of [{ x: 4, y: 4 }, ...points.slice(0, i)])
        expect(Math.hypot(other.x - x, other.y - y)).toBeGreaterThan(3);
    }
    expect(maskAnchors(undefined, { width: 32, height: 32 }, 5, [])).toEqual([]);
    expect(maskAnchors(new Float32Array(1024), { width: 32, height: 32 }, 5, [])).toEqual([]);
  });

  it('measures the mean change of what it fixes', () => {
    const picture = (value: number) => ({
      width: 2,
      height: 1,
      data: Uint8ClampedArray.of(value, value, value, 255, 9, 9, 9, 255),
    });
    expect(maskChange([1, 0], picture(10), picture(16))).toBe(6);
    expect(maskChange([0, 1], picture(10), picture(16))).toBe(0);
    expect(maskChange([0.5, 0.5], picture(10), picture(16))).toBe(3);
  });
});
