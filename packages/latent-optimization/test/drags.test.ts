import { createRandom } from '@autodrag/nn';
import { expectNoLeak, useTestBackend } from '@autodrag/nn/testing';
import { createGenerator, createStyleGan2Parameters, styleGan2Config } from '@autodrag/stylegan2';
import { registerWasmGradients } from '@autodrag/wasm-gradients';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type DragGanStep, dragGan, type FreeDragStep, freeDrag, type PointPair } from '../src/index.js';
import { slidingGenerator } from './sliding-generator.js';

let w: tf.Tensor3D;
beforeAll(async () => {
  await useTestBackend('wasm');
  registerWasmGradients();
  w = tf.zeros([1, 4, 2]);
});
afterAll(() => w.dispose());

const pairs: PointPair[] = [
  { handle: { x: 12, y: 10 }, target: { x: 18, y: 10 } },
  { handle: { x: 8, y: 20 }, target: { x: 14, y: 20 } },
];
type AnyDrag = (...args: Parameters<typeof dragGan>) => AsyncIterable<DragGanStep | FreeDragStep>;
const methods: Record<'dragGan' | 'freeDrag', AnyDrag> = { dragGan, freeDrag };

/** The last step of a drag. */
async function last<T>(steps: AsyncIterable<T>): Promise<T> {
  let result: T | undefined;
  for await (const step of steps) result = step;
  return result!;
}

/** Pixels that the waves have moved by. */
const movedBy = (code: Float32Array) => [5 * (code[0]! + code[2]!), 5 * (code[1]! + code[3]!)];

describe.each(Object.keys(methods) as (keyof typeof methods)[])('%s', (name) => {
  const drag = methods[name];

  test('moves the picture to where the points should go, and stops there', async () => {
    const step = await last(drag(slidingGenerator(), w, pairs, { learningRate: 0.02 }));
    expect(step.arrived).toBe(true);
    expect(step.step).toBeLessThan(300);
    const [right, down] = movedBy(step.w);
    expect(Math.abs(right! - 6)).toBeLessThan(2.5);
    expect(Math.abs(down!)).toBeLessThan(2);
  });

  test('reads a smaller map enlarged to the picture', async () => {
    const generator = slidingGenerator({ constant: 0.5 }); // sixth block: 16
    const step = await last(drag(generator, w, pairs, { learningRate: 0.02 }));
    expect(step.arrived).toBe(true);
    expect(Math.abs(movedBy(step.w)[0]! - 6)).toBeLessThan(2.5);
  });

  test('changes edited layers only', async () => {
    const { w: code } = await last(drag(slidingGenerator(), w, pairs, { steps: 3, editedLayers: 1 }));
    expect(code.subarray(2)).toEqual(new Float32Array(6));
    expect(code[0]).toBeGreaterThan(0);
  });

  test('a mask over all of it holds the picture', async () => {
    const steps = 20;
    const mask = new Float32Array(32 * 32).fill(1);
    const free = await last(drag(slidingGenerator(), w, pairs, { steps, learningRate: 0.02 }));
    const held = await last(drag(slidingGenerator(), w, pairs, { steps, learningRate: 0.02, mask }));
    expect(Math.abs(movedBy(held.w)[0]!)).toBeLessThan(0.5 * Math.abs(movedBy(free.w)[0]!));
    expect(held.lossMask).toBeGreaterThan(0);
    expect(free.lossMask).toBe(0);
  });

  test('leaves no tensor behind, finished, left early or aborted', async () => {
    const generator = slidingGenerator();
    const mask = new Float32Array(32 * 32).fill(1, 0, 32 * 10);
    await expectNoLeak(async () => void (await last(drag(generator, w, pairs, { steps: 4, mask }))));
    await expectNoLeak(async () => {
      for await (const _ of drag(generator, w, pairs)) break;
    });
    await expectNoLeak(async () => {
      const controller = new AbortController();
      const abort = async () => {
        for await (const _ of drag(generator, w, pairs, { signal: controller.signal }))
          controller.abort(new Error('enough'));
      };
      await expect(abort()).rejects.toThrow('enough');
    });
    await expectNoLeak(async () => {
      const broken = {
        ...generator,
        features: () => {
          throw new Error('no features');
        },
      };
      await expect(last(drag(broken, w, pairs))).rejects.toThrow('no features');
    });
  });

  test('says what is wrong', async () => {
    const generator = slidingGenerator();
    await expect(last(drag(generator, w, []))).rejects.toThrow(`${name}: points: expected a list of at least one`);
    const outside = [{ handle: { x: 32, y: 3 }, target: { x: 1, y: 1 } }];
    await expect(last(drag(generator, w, outside))).rejects.toThrow(
      `${name}: points[0].handle: expected x from 0 to 31 and y from 0 to 31, got {"x":32,"y":3}`,
    );
    await expect(last(drag(generator, w, pairs, { mask: [1, 0] }))).rejects.toThrow(
      `${name}: mask: expected 1024 numbers, one for each pixel, got 2`,
    );
    const bytes = new Uint8Array(32 * 32).fill(255);
    await expect(last(drag(generator, w, pairs, { mask: bytes }))).rejects.toThrow("Divide a picture's bytes by 255");
    const flat = tf.zeros([4, 2]) as unknown as tf.Tensor3D;
    await expect(last(drag(generator, flat, pairs))).rejects.toThrow(
      `${name}: w: expected [1, numWs, wDim], got [4, 2]`,
    );
    flat.dispose();
  });

  test('refuses numbers that would end it at once, or end in NaN', async () => {
    const generator = slidingGenerator();
    const told = (options: object) => expect(last(drag(generator, w, pairs, options))).rejects;
    await told({ steps: Number.NaN }).toThrow(`${name}: steps: expected a whole number from 0, got NaN`);
    await told({ steps: 1.5 }).toThrow(`${name}: steps: expected a whole number from 0, got 1.5`);
    await told({ maskWeight: Number.NaN }).toThrow(`${name}: maskWeight: expected a finite number from 0, got NaN`);
    await told({ learningRate: Infinity }).toThrow(
      `${name}: learningRate: expected a finite number above 0, got Infinity`,
    );
    await told({ resolution: 24 }).toThrow(
      `${name}: resolution: expected the height of a block, out of 4, 8, 16, 32, got 24`,
    );
    await told({ mask: null }).toThrow(`${name}: mask: expected 1024 numbers, one for each pixel, got null`);
    const own = name === 'dragGan' ? ['supervisionRadius', 'trackingRadius'] : ['subMotionLength', 'expectedLoss'];
    for (const option of own) await told({ [option]: Number.NaN }).toThrow(`${name}: ${option}: expected a finite`);
    const endless = await last(drag(generator, w, pairs, { steps: Infinity, learningRate: 0.02 }));
    expect(endless.arrived).toBe(true);
  });
});

test('a code that the generator refuses leaves nothing behind', async () => {
  const config = styleGan2Config({ resolution: 32, zDim: 4, wDim: 4, channelBase: 64, channelMax: 2 });
  const generator = createGenerator(config, createStyleGan2Parameters(createRandom(1), config));
  const long = tf.zeros([1, 9, 4]) as tf.Tensor3D;
  for (const drag of Object.values(methods)) {
    await expectNoLeak(async () => {
      await expect(last(drag(generator, long, pairs))).rejects.toThrow('expected [N, 8, 4], got [1, 9, 4]');
    });
  }
  long.dispose();
  generator.dispose();
});

test('a drag with FreeDrag does not depend on the scale of the features', async () => {
  const run = (amplitude: number) => last(freeDrag(slidingGenerator({ amplitude }), w, pairs, { learningRate: 0.02 }));
  const [small, large] = [await run(0.03), await run(1)];
  expect(small.step).toBe(large.step);
  expect(small.expectedLoss / large.expectedLoss).toBeCloseTo(0.03, 4);
  // with the published l, small features look learned at once and nothing moves
  const published = await last(freeDrag(slidingGenerator({ amplitude: 0.03 }), w, pairs, { expectedLoss: 0.3 }));
  expect(published.arrived).toBe(true);
  expect(Math.abs(movedBy(published.w)[0]!)).toBeLessThan(1);
});
