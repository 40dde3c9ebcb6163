import '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tinyModels } from '../../test/tiny-models.js';
import { type Autodrag, createAutodrag } from '../autodrag.js';
import type { DragStep } from '../session/run-drag.js';

let settled: Autodrag;
let plain: Autodrag;
beforeAll(async () => {
  await tf.setBackend('wasm');
  settled = createAutodrag(tinyModels({ motionField: true }));
  plain = createAutodrag(tinyModels({ motionField: true }), { settling: false });
});
afterAll(() => {
  settled.dispose();
  plain.dispose();
});

const pull = [{ handle: { x: 10, y: 12 }, target: { x: 16, y: 15 } }];

/** The codes of one call. */
async function codesOf(autodrag: Autodrag): Promise<Float32Array[]> {
  const session = await autodrag.sample(7);
  const steps: DragStep[] = [];
  await session.drag(pull, { calls: 1, onStep: (step) => steps.push(step) });
  session.dispose();
  return steps.map(({ w }) => w);
}

describe('a predictor with a motion field', () => {
  it('is settled: the last code by all of the correction, those before it by their shares', async () => {
    const [some, all] = [await codesOf(plain), await codesOf(settled)];
    expect(all).toHaveLength(some.length);
    const correction = all.at(-1)!.map((value, k) => value - some.at(-1)![k]!);
    expect(Math.max(...correction.map(Math.abs))).toBeGreaterThan(1e-3);
    for (const [i, code] of all.entries()) {
      const share = (i + 1) / all.length;
      for (const [k, value] of code.entries()) expect(value - some[i]![k]!).toBeCloseTo(share * correction[k]!, 5);
    }
  });

  it('holds no tensors, and its previews are settled, too', async () => {
    const session = await settled.sample(7);
    await session.drag(pull, { calls: 2 });
    await session.undo();
    const { numTensors } = tf.memory();
    await session.drag(pull, { calls: 2 });
    await session.undo();
    expect(tf.memory().numTensors).toBe(numTensors);
    const other = await plain.sample(7);
    const previews = await Promise.all([session.preview(pull), other.preview(pull)]);
    expect(previews[0]!.data).not.toEqual(previews[1]!.data);
    session.dispose();
    other.dispose();
  });
});
