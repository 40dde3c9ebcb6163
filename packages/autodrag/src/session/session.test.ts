import { createLatentPredictor } from '@autodrag/latent-predictor';
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
    [new Float32Array(8).fill(1e20), 'got up to 1.0e+20'],
    [Object.create(null), 'got an object'],
  ])('refuses the seed %s', async (seed, message) => {
    await expect(autodrag.sample(seed as number)).rejects.toThrow(message);
    await expect(autodrag.sample(seed as number)).rejects.toMatchObject({ code: 'SEED' });
  });

  it.each([
    [new Float32Array(5), 'got 5 values'],
    [new Float32Array(64).fill(Number.NaN), 'got values that are not finite'],
    [new Float32Array(64).fill(Number.NEGATIVE_INFINITY), 'got values that are not finite'],
    [new Float32Array(64).fill(1e30), 'got values of up to 1.0e+30'],
    [Float32Array.from({ length: 64 }, (_, i) => (i === 63 ? -2e4 : 0)), 'got values of up to 2.0e+4'],
    [Array(64).fill(0), 'got a list'],
    [new Float64Array(64), 'got an object (Float64Array)'],
    [Object.create(null), 'got an object'],
    [undefined, 'got undefined'],
  ])('refuses the code %#', async (w, message) => {
    const opened = autodrag.open(w as Float32Array);
    await expect(opened).rejects.toThrow(`open: w: expected a Float32Array of 8 × 8 = 64 finite values, ${message}`);
    await expect(opened).rejects.toMatchObject({ code: 'SEED' });
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY, 1e30, -11, '0.7', null, {}])(
    'refuses the truncation psi %s',
    async (truncationPsi) => {
      const sampled = autodrag.sample(1, { truncationPsi: truncationPsi as number });
      await expect(sampled).rejects.toThrow('truncationPsi: expected a number from -10 to 10');
      await expect(sampled).rejects.toMatchObject({ code: 'SEED' });
    },
  );

  it('refuses options that are none, and labels where there are no classes', async () => {
    await expect(autodrag.sample(1, null as never)).rejects.toMatchObject({ code: 'SEED' });
    for (const label of [0, 1e30, Number.NaN, Symbol('1')]) {
      await expect(autodrag.sample(1, { label: label as number })).rejects.toMatchObject({ code: 'SEED' });
    }
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

  it.each([
    ['a hole', Array(2) as unknown[], 'points[0]: expected { handle, target }, got undefined'],
    ['a revoked proxy', revoked([{}]), 'they cannot be read'],
    ['a revoked point', [revoked({})], 'they cannot be read'],
    ['a revoked handle', [{ handle: revoked({}), target: { x: 1, y: 1 } }], 'they cannot be read'],
    ['a coordinate that throws', [{ handle: throwing(), target: { x: 1, y: 1 } }], 'they cannot be read: no'],
    ['texts', [{ handle: { x: '3', y: '4' }, target: { x: 1, y: 1 } }], "got ('3', '4')"],
    ['numbers without end', [{ handle: { x: 1e308, y: 1 }, target: { x: 1, y: 1 } }], 'got (1e+308, 1)'],
    ['what has no text', [Object.create(null)], 'points[0].handle: expected { x, y } in pixels, got undefined'],
    ['a symbol', [Symbol('p')], 'got Symbol(p)'],
  ])('refuses %s as a point, an anchor or a preview', async (name, list, message) => {
    const session = await autodrag.sample(0);
    for (const verb of ['drag', 'preview'] as const) {
      await expect(session[verb](list as typeof pull)).rejects.toMatchObject({
        code: 'POINT',
        message: expect.stringContaining(message),
      });
    }
    if (name === 'a hole') {
      await expect(session.drag(pull, { anchors: list as never })).rejects.toThrow('anchors[0]: expected { x, y }');
    }
    session.dispose();
  });

  it.each([
    ['calls', [Number.NaN, 1e30, 2.5, '4', null, {}]],
    ['tolerance', [Number.POSITIVE_INFINITY, 1e30, -1, '1', {}]],
    ['onStep', [1, 'x', {}, null]],
    ['onCall', [true, [], null]],
    ['signal', [{}, 1, 'now']],
  ])('refuses what is no %s', async (name, values) => {
    const session = await autodrag.sample(0);
    for (const value of values) {
      const dragged = session.drag(pull, { [name]: value });
      await expect(dragged).rejects.toMatchObject({
        code: 'SESSION',
        message: expect.stringContaining(`drag: ${name}:`),
      });
    }
    for (const options of [null, 5, 'x', revoked({})]) {
      await expect(session.drag(pull, options as never)).rejects.toMatchObject({ code: 'SESSION' });
    }
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

  it('stops and frees a session that is disposed while it works', async () => {
    const none = tf.memory().numTensors;
    for (const stopAt of [0, 1, 5, 6]) {
      for (const work of ['drag', 'preview', 'undo', 'frames'] as const) {
        const session = await autodrag.sample(5);
        let steps = 0;
        const onStep = () => void (++steps === stopAt && session.dispose());
        if (work === 'drag') {
          const drag = session.drag(pull, { calls: 2, tolerance: 0, onStep });
          if (stopAt === 0) session.dispose();
          await expect(drag).rejects.toMatchObject({ code: 'SESSION', message: expect.stringContaining('disposed') });
        } else {
          await session.drag(pull);
          const asked =
            work === 'preview' ? session.preview(pull) : work === 'undo' ? session.undo() : session.frames().next();
          session.dispose();
          await expect(asked).rejects.toMatchObject({ code: 'SESSION' });
        }
        expect(tf.memory().numTensors).toBe(none);
      }
    }
  });

  it('stops what works with models that are disposed, and frees them then', async () => {
    const none = tf.memory().numTensors;
    for (const stopAt of [0, 1, 5, 6]) {
      const models = createAutodrag(tinyModels({ seed: 2 }));
      const session = await models.sample(5);
      let steps = 0;
      const drag = session.drag(pull, {
        calls: 2,
        tolerance: 0,
        onStep: () => void (++steps === stopAt && models.dispose()),
      });
      if (stopAt === 0) models.dispose();
      await expect(drag).rejects.toMatchObject({
        code: 'SESSION',
        message: expect.stringContaining('models are disposed'),
      });
      await expect(session.undo()).rejects.toThrow('models are disposed');
      session.dispose();
      expect(tf.memory().numTensors).toBe(none);
    }
    const models = createAutodrag(tinyModels({ seed: 2 }));
    const opening = [models.sample(1), models.open(new Float32Array(64))];
    models.dispose();
    models.dispose();
    for (const session of opening) await expect(session).rejects.toMatchObject({ code: 'SESSION' });
    expect(tf.memory().numTensors).toBe(none);
  });
});

describe('what a session hands out', () => {
  it('is not its own: writing to it changes neither the session nor its history', async () => {
    const session = await autodrag.sample(7);
    const first = session.toPixels();
    const spoil = (values: { fill(value: number): unknown }) => values.fill(9);
    const result = await session.drag(pull, {
      onStep: ({ w }) => spoil(w),
      onCall: ({ picture }) => spoil(picture.data),
    });
    const [w, pixels, report] = [session.w, session.toPixels(), session.lastDrag];
    expect(report?.codes[1]).not.toEqual(new Float32Array(64).fill(9));
    for (const code of result.codes) spoil(code);
    for (const code of session.lastDrag?.codes ?? []) spoil(code);
    for (const values of [result.w, result.image.data, session.w, session.image.data, session.toPixels()])
      spoil(values);
    (result.points as unknown[]).length = 0;
    expect(session.w).toEqual(w);
    expect(session.toPixels()).toEqual(pixels);
    expect(session.image.data).toEqual(pixels);
    expect(session.lastDrag).toEqual(report);
    const frames = [];
    for await (const { data } of session.frames()) frames.push(data);
    expect(frames[0]).toEqual(first);
    await session.undo();
    expect(session.toPixels()).toEqual(first);
    await session.redo();
    expect(session.toPixels()).toEqual(pixels);
    expect(session.w).toEqual(w);
    session.dispose();
  });

  it('takes no notice of what becomes of the points and the code that it was given', async () => {
    const code = (await autodrag.sample(7)).w;
    const session = await autodrag.open(code);
    const same = session.w;
    code.fill(3);
    expect(session.w).toEqual(same);
    const points = [{ handle: { x: 10, y: 12 }, target: { x: 16, y: 15 } }];
    const drag = session.drag(points, {
      onStep: () => {
        points[0]!.target.x = 500;
      },
    });
    points[0]!.handle.x = Number.NaN;
    const { points: dragged } = await drag;
    expect(dragged[0]).toMatchObject(pull[0]!);
    session.dispose();
  });

  it('refuses frames of what are no codes', async () => {
    const session = await autodrag.sample(1);
    for (const codes of [[new Float32Array(3)], [new Float32Array(64).fill(1e30)], Array(1), 'x', 5]) {
      await expect(session.frames(codes as never).next()).rejects.toMatchObject({ code: 'SEED' });
    }
    session.dispose();
  });
});

describe('preview', () => {
  it('shows what one call would give, and keeps nothing', async () => {
    const session = await autodrag.sample(7);
    const [w, pixels] = [session.w, session.toPixels()];
    const shown: Uint8ClampedArray[] = [];
    const picture = await session.preview(pull);
    expect(session.w).toEqual(w);
    expect(session.toPixels()).toEqual(pixels);
    expect([session.canUndo, session.lastDrag]).toEqual([false, null]);
    await session.drag(pull, { calls: 1, onCall: ({ picture }) => shown.push(picture.data) });
    expect(picture?.data).toEqual(shown[0]);
    session.dispose();
  });

  it('is of half the size, enlarged, as a draft', async () => {
    const session = await autodrag.sample(7);
    const none = tf.memory().numTensors;
    const whole = await session.preview(pull);
    const draft = await session.preview(pull, { draft: true });
    expect({ ...draft, data: null }).toEqual({ ...whole, data: null, draft: true });
    expect(whole?.draft).toBe(false);
    const difference = draft!.data.reduce((sum, value, i) => sum + Math.abs(value - whole!.data[i]!), 0);
    const contrast = whole!.data.reduce((sum, value, i) => sum + Math.abs(value - whole!.data[(i + 40) % 1024]!), 0);
    expect(difference).toBeGreaterThan(0);
    expect(difference).toBeLessThan(contrast);
    expect(tf.memory().numTensors).toBe(none);
    await expect(session.preview(pull, { draft: 'yes' as never })).rejects.toThrow('draft: expected true or false');
    session.dispose();
  });

  it('is whole where the generator has no smaller pictures, and says so', async () => {
    const other = createAutodrag(tinyModels({ architecture: 'resnet' }));
    const session = await other.sample(7);
    const [whole, asked] = [await session.preview(pull), await session.preview(pull, { draft: true })];
    expect(asked).toEqual(whole);
    expect(asked?.draft).toBe(false);
    session.dispose();
    other.dispose();
  });

  it('lets the latest win, and gives way to a drag, an undo and its signal', async () => {
    const none = tf.memory().numTensors;
    const session = await autodrag.sample(7);
    const to = (x: number) => [{ handle: { x: 10, y: 12 }, target: { x, y: 15 } }];
    const shown = await Promise.all([11, 12, 13, 14].map((x) => session.preview(to(x))));
    expect(shown.map((picture) => picture !== null)).toEqual([false, false, false, true]);
    const given = session.preview(pull);
    const dragged = session.drag(pull);
    expect(await given).toBeNull();
    await expect(session.preview(pull)).rejects.toThrow('busy with drag()');
    await dragged;
    const outdated = session.preview(pull);
    await session.undo();
    expect(await outdated).toBeNull();
    const stopped = session.preview(pull, { signal: AbortSignal.abort(new Error('enough')) });
    await expect(stopped).rejects.toThrow('enough');
    expect(await session.preview(pull)).not.toBeNull();
    session.dispose();
    await expect(session.preview(pull)).rejects.toThrow('preview: this session is disposed');
    expect(tf.memory().numTensors).toBe(none);
  });
});

describe('models that give what is no number', () => {
  it('end a drag with an error, and never with success', async () => {
    const none = tf.memory().numTensors;
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY]) {
      const models = tinyModels({ seed: 3 });
      const { config, parameters } = models.predictor;
      const { weight } = parameters.head;
      const head = { ...parameters.head, weight: tf.fill(weight.shape, value) as tf.Tensor2D };
      weight.dispose();
      const predictor = createLatentPredictor(config, { ...parameters, head });
      const autodrag = createAutodrag({ ...models, predictor });
      const session = await autodrag.sample(1);
      const before = session.w;
      await expect(session.drag(pull)).rejects.toMatchObject({
        code: 'MODEL',
        message: expect.stringContaining('finite'),
      });
      expect(session.w).toEqual(before);
      expect(session.canUndo).toBe(false);
      session.dispose();
      autodrag.dispose();
    }
    expect(tf.memory().numTensors).toBe(none);
  });

  it.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY, 1e30, '5', null])(
    'refuses the call distance %s',
    (callDistance) => {
      const models = tinyModels();
      const create = () => createAutodrag(models, { callDistance: callDistance as number });
      expect(create).toThrow('createAutodrag: callDistance: expected pixels from 1 to 64');
      for (const model of Object.values(models)) model.dispose();
    },
  );
});

function revoked<T extends object>(target: T): T {
  const { proxy, revoke } = Proxy.revocable(target, {});
  revoke();
  return proxy;
}

function throwing(): { x: number; y: number } {
  return {
    get x(): number {
      throw new Error('no');
    },
    y: 1,
  };
}
