import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-wasm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tinyModels } from '../../test/tiny-models.js';
import { type Autodrag, createAutodrag } from '../autodrag.js';

let autodrag: Autodrag;
beforeAll(async () => {
  await tf.setBackend('wasm');
  autodrag = createAutodrag(tinyModels());
});
afterAll(() => autodrag.dispose());

const pull = [{ handle: { x: 10, y: 12 }, target: { x: 16, y: 15 } }];

describe('sample', () => {
  it('gives the same picture for the same seed, and another for another', async () => {
    const [a, b, c] = await Promise.all([autodrag.sample(7), autodrag.sample(7), autodrag.sample(8)]);
    expect(a.image.width).toBe(32);
    expect(a.toPixels()).toEqual(b.toPixels());
    expect(a.toPixels()).not.toEqual(c.toPixels());
    expect(a.w).toHaveLength(8 * 8);
    for (const session of [a, b, c]) session.dispose();
  });

  it('opens the code of another session', async () => {
    const a = await autodrag.sample(3);
    const b = await autodrag.open(a.w);
    expect(b.toPixels()).toEqual(a.toPixels());
    a.dispose();
    b.dispose();
  });

  it.each([
    ['7', "expected a whole number from 0 to 4294967295 or a Float32Array of 8 values, got the text '7'"],
    [-1, 'got -1'],
    [1.5, 'got 1.5'],
    [Number.NaN, 'got NaN'],
    [2 ** 32, 'got 4294967296'],
    [null, 'got null'],
    [undefined, 'got undefined'],
    [{}, 'got an object (Object)'],
    [new Float32Array(3), "this generator's z has 8 values, got 3"],
    [new Float32Array(8).fill(Number.NaN), 'finite'],
  ])('refuses the seed %s', async (seed, message) => {
    await expect(autodrag.sample(seed as number)).rejects.toThrow(message);
    await expect(autodrag.sample(seed as number)).rejects.toMatchObject({ code: 'SEED' });
  });

  it('refuses a code of another size', async () => {
    await expect(autodrag.open(new Float32Array(5))).rejects.toThrow('8 × 8 = 64 finite values, got 5 values');
  });
});

describe('drag', () => {
  it('never ends farther from the target than it began, and keeps the motion', async () => {
    const session = await autodrag.sample(7);
    const before = session.toPixels();
    for (let i = 0; i < 5; i++) {
      const calls: number[] = [];
      const steps: number[] = [];
      const result = await session.drag(pull, {
        calls: 2,
        onStep: ({ step }) => steps.push(step),
        onCall: ({ distance }) => calls.push(distance),
      });
      expect(result.distanceAfter).toBeLessThanOrEqual(result.distanceBefore);
      expect(result.distanceBefore).toBeCloseTo(Math.hypot(6, 3), 6);
      expect(steps).toHaveLength(5 * result.calls);
      expect(calls).toHaveLength(result.calls);
      expect(result.moved).toBe(result.distanceAfter < result.distanceBefore);
      expect(result.codes.length).toBe(result.moved ? 1 + 5 * (calls.indexOf(Math.min(...calls)) + 1) : 1);
      expect(result.w).toEqual(session.w);
      expect(result.codes.at(-1)).toEqual(session.w);
    }
    while (await session.undo());
    expect(session.toPixels()).toEqual(before);
    session.dispose();
  });

  it('keeps the layers after the edited ones', async () => {
    const session = await autodrag.sample(1);
    const { codes } = await session.drag(pull, { calls: 1 });
    for (const code of codes) expect(code.slice(6 * 8)).toEqual(codes[0]?.slice(6 * 8));
    session.dispose();
  });

  it('undoes, redoes, and forgets what could be redone after another drag', async () => {
    const session = await autodrag.sample(0);
    const pictures = [session.toPixels()];
    for (let i = 0; i < 40 && pictures.length < 3; i++) {
      const x = (i * 7) % 26;
      const { moved } = await session.drag([{ handle: { x, y: 9 }, target: { x: x + 5, y: 20 } }]);
      if (moved) pictures.push(session.toPixels());
    }
    expect(pictures).toHaveLength(3);
    expect(await session.undo()).toBe(true);
    expect(session.toPixels()).toEqual(pictures[1]);
    expect(session.canRedo).toBe(true);
    expect(await session.undo()).toBe(true);
    expect(await session.undo()).toBe(false);
    expect(session.toPixels()).toEqual(pictures[0]);
    expect(await session.redo()).toBe(true);
    expect(await session.redo()).toBe(true);
    expect(await session.redo()).toBe(false);
    expect(session.toPixels()).toEqual(pictures[2]);
    expect(session.lastDrag?.codes.at(-1)).toEqual(session.w);
    session.dispose();
  });

  it('shows the motion from before the drag to the result', async () => {
    const session = await autodrag.sample(7);
    const before = session.toPixels();
    await session.drag(pull);
    const frames = [];
    for await (const frame of session.frames()) frames.push(frame.data);
    expect(frames).toHaveLength(session.lastDrag?.codes.length ?? 1);
    expect(frames[0]).toEqual(before);
    expect(frames.at(-1)).toEqual(session.toPixels());
    session.dispose();
  });

  it('stays as it was when it is aborted, at any moment', async () => {
    const empty = tf.memory().numTensors;
    const session = await autodrag.sample(7);
    const before = session.w;
    const withFeatures = tf.memory().numTensors;
    for (const stopAt of [1, 3, 5, 6, 10]) {
      const controller = new AbortController();
      let steps = 0;
      const drag = session.drag(pull, {
        calls: 3,
        tolerance: 0,
        signal: controller.signal,
        onStep: () => ++steps === stopAt && controller.abort(new Error('enough')),
      });
      if (stopAt <= 5) await expect(drag).rejects.toThrow('enough');
      else await drag.catch((error) => expect(error.message).toBe('enough'));
      while (await session.undo());
      expect(session.w).toEqual(before);
      // An undo lets go of the features of the picture that it leaves.
      expect([empty, withFeatures]).toContain(tf.memory().numTensors);
    }
    session.dispose();
    expect(tf.memory().numTensors).toBe(empty);
  });

  it.each([
    [
      [{ handle: { x: 40, y: 1 }, target: { x: 1, y: 1 } }],
      'points[0].handle: expected x from 0 to 31 and y from 0 to 31, got (40, 1)',
    ],
    [[{ handle: { x: 1, y: 1 }, target: { x: 1, y: -0.5 } }], 'points[0].target: expected x from 0 to 31'],
    [
      [{ handle: { x: Number.NaN, y: 1 }, target: { x: 1, y: 1 } }],
      'points[0].handle: expected finite numbers, got (NaN, 1)',
    ],
    [[], 'expected at least one, got none'],
    [Array(7).fill(pull[0]), 'at most 6 points and anchors together, got 7 points'],
    [[{ handle: { x: 3, y: 3 }, target: { x: 3, y: 3 } }], 'points[0]: handle and target must differ, both are (3, 3)'],
    [[{ handle: { x: 3, y: 3 } }], 'points[0].target: expected { x, y } in pixels, got undefined'],
    ['3,3', "expected a list of { handle, target }, got '3,3'"],
  ])('refuses %j', async (points, message) => {
    const session = await autodrag.sample(0);
    await expect(session.drag(points as typeof pull)).rejects.toThrow(message);
    await expect(session.drag(points as typeof pull)).rejects.toMatchObject({ code: 'POINT' });
    session.dispose();
  });

  it('refuses an anchor outside, calls and tolerances that are none, two drags at once, and a disposed session', async () => {
    const session = await autodrag.sample(0);
    await expect(session.drag(pull, { anchors: [{ x: 99, y: 0 }] })).rejects.toThrow(
      'anchors[0]: expected x from 0 to 31',
    );
    await expect(session.drag(pull, { calls: 0 })).rejects.toThrow(
      'calls: expected a whole number from 1 to 100, got 0',
    );
    await expect(session.drag(pull, { tolerance: Number.NaN })).rejects.toThrow('tolerance: expected pixels');
    const first = session.drag(pull);
    await expect(session.drag(pull)).rejects.toThrow('this session is busy with drag()');
    await first;
    session.dispose();
    await expect(session.drag(pull)).rejects.toThrow('this session is disposed');
  });
});

describe('memory', () => {
  it('holds no more tensors after 100 edits than after the first, and none after dispose', async () => {
    const none = tf.memory().numTensors;
    const session = await autodrag.sample(5);
    const one = tf.memory().numTensors;
    for (let i = 0; i < 100; i++) {
      const x = (i * 7) % 25;
      const y = (i * 11) % 25;
      const points = [{ handle: { x, y }, target: { x: x + 4, y: y + 3 } }];
      await session.drag(points, { calls: 1 + (i % 2), anchors: i % 3 ? [] : [{ x: 30, y: 30 }] });
      if (i % 10 === 9) await session.undo();
      if (i % 20 === 19) await session.redo();
      expect(tf.memory().numTensors).toBeLessThanOrEqual(one);
    }
    session.dispose();
    expect(tf.memory().numTensors).toBe(none);
  }, 120_000);

  it('frees a session that is disposed while it works', async () => {
    const none = tf.memory().numTensors;
    const session = await autodrag.sample(5);
    const drag = session.drag(pull, { calls: 1 });
    session.dispose();
    await drag;
    expect(tf.memory().numTensors).toBe(none);
  });
});
