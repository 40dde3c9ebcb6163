import { describe, expect, it } from 'vitest';
import type { Engine, Scene } from '../engine/engine.js';
import type { Picture } from '../picture/picture.js';
import type { DragPoint, Point } from '../picture/points.js';
import { runDrag } from './run-drag.js';

/** A world of one point: the code is its place, a call of the predictor moves it by a share of the way. */
function oneMovingPoint({
  share = 0.5,
  callDistance = 100,
  anchorSlip = () => 0,
}: {
  /** How far anchors are from their places after so many calls. */
  anchorSlip?: (call: number) => number;
  share?: number | ((call: number) => number);
  callDistance?: number;
} = {}) {
  const alive = new Set<Scene>();
  const asked: DragPoint[][] = [];
  const painted: Picture[] = [];
  const scene = (): Scene => {
    const made: Scene = {
      picture: { width: 100, height: 100, data: new Uint8ClampedArray() },
      features: {},
      dispose: () => {
        if (!alive.delete(made)) throw new Error('disposed twice');
      },
    };
    alive.add(made);
    return made;
  };
  let place: Point = { x: 0, y: 0 };
  const engine: Engine = {
    numWs: 1,
    wDim: 2,
    maxPoints: 4,
    steps: 2,
    callDistance,
    drafts: false,
    async render() {
      throw new Error('pictures are drawn only where they are asked for');
    },
    look(w) {
      place = { x: w[0] as number, y: w[1] as number };
      const { features, dispose, picture } = scene();
      return {
        features,
        dispose,
        async paint() {
          painted.push(picture);
          return picture;
        },
      };
    },
    paint: async () => ({ width: 100, height: 100, data: new Uint8ClampedArray() }),
    async *predict(_, w, points) {
      asked.push([...points]);
      const { handle, target } = points[0] as DragPoint;
      const part = typeof share === 'number' ? share : share(asked.length);
      const end = [handle.x + (target.x - handle.x) * part, handle.y + (target.y - handle.y) * part] as const;
      yield new Float32Array([((w[0] as number) + end[0]) / 2, ((w[1] as number) + end[1]) / 2]);
      yield new Float32Array(end);
    },
    expect: async () => null,
    track: async (_, points) => ({
      locate: async (_, searches) =>
        points.map((point, i) => {
          const { x, y } = i === 0 ? place : { x: point.x + anchorSlip(asked.length), y: point.y };
          const { to } = searches[i]!;
          return { x, y, cost: 0, distance: Math.hypot(x - to!.x, y - to!.y) };
        }),
    }),
  };
  return { engine, alive, asked, painted, scene };
}

const from: Point = { x: 10, y: 10 };
const task = { points: [{ handle: from, target: { x: 90, y: 10 } }], anchors: [] };
const options = { calls: 4, tolerance: 1, check: () => {} };
const start = (world: ReturnType<typeof oneMovingPoint>) => ({ scene: world.scene(), w: new Float32Array([10, 10]) });

describe('runDrag', () => {
  it('goes on from where the handle is found, and keeps every code', async () => {
    const world = oneMovingPoint({ share: 0.5 });
    const begin = start(world);
    const result = await runDrag(world.engine, begin, task, options);
    expect(result.calls).toBe(4);
    expect(result.distanceBefore).toBe(80);
    expect(result.outcome.distanceAfter).toBe(0); // the second call and those after it ask for twice the way, as far as the picture goes
    expect([...result.w]).toEqual([90, 10]);
    expect(result.codes.map((code) => code[0])).toEqual([10, 30, 50, 62.25, 74.5, 80.625, 86.75, 88.375, 90]);
    expect(world.asked.map(([pair]) => pair?.handle.x)).toEqual([10, 50, 74.5, 86.75]);
    expect([...world.alive]).toEqual([begin.scene, result.scene]);
    expect(world.painted).toHaveLength(1);
  });

  it('draws each picture on the way for who wants to see it', async () => {
    const world = oneMovingPoint({ share: 0.5 });
    const seen: number[] = [];
    await runDrag(world.engine, start(world), task, { ...options, onCall: ({ picture }) => seen.push(picture.width) });
    expect(seen).toEqual([100, 100, 100, 100]);
  });

  it('ends within the tolerance', async () => {
    const world = oneMovingPoint({ share: 0.995 });
    expect(await runDrag(world.engine, start(world), task, options)).toMatchObject({ calls: 1 });
  });

  it('cuts a way that is longer than one call may go', async () => {
    const world = oneMovingPoint({ share: 1, callDistance: 30 });
    const result = await runDrag(world.engine, start(world), task, options);
    expect(world.asked.map(([pair]) => pair?.target.x)).toEqual([40, 70, 90]);
    expect(result.outcome.distanceAfter).toBe(0);
  });

  it('keeps the nearest result, and ends when a call leads away', async () => {
    const world = oneMovingPoint({ share: (call) => (call === 2 ? -1 : 0.5) });
    const begin = start(world);
    const result = await runDrag(world.engine, begin, task, options);
    expect(result.calls).toBe(2);
    expect([...result.w]).toEqual([50, 10]);
    expect(result.codes).toHaveLength(3);
    expect([...world.alive]).toEqual([begin.scene, result.scene]);
  });

  it('ends where it began when no call comes nearer', async () => {
    const world = oneMovingPoint({ share: -0.1 });
    const begin = start(world);
    const result = await runDrag(world.engine, begin, task, options);
    expect(result.scene).toBe(begin.scene);
    expect(result.outcome.distanceAfter).toBe(result.distanceBefore);
    expect(result.codes).toHaveLength(1);
    expect([...world.alive]).toEqual([begin.scene]);
  });

  it('pulls anchors back to where they were', async () => {
    const world = oneMovingPoint();
    await runDrag(world.engine, start(world), { ...task, anchors: [{ x: 5, y: 6 }] }, options);
    for (const [, anchor] of world.asked) expect(anchor).toEqual({ handle: { x: 5, y: 6 }, target: { x: 5, y: 6 } });
  });

  it('counts what anchors slip when it chooses, and says which slip and how far', async () => {
    const anchors = [
      { x: 5, y: 6 },
      { x: 50, y: 60 },
    ];
    // the second call brings the handle nearer by less than the anchors slip
    const world = oneMovingPoint({ share: 0.5, anchorSlip: (call) => (call === 1 ? 3 : 30) });
    const result = await runDrag(world.engine, start(world), { ...task, anchors }, options);
    expect(result.calls).toBe(2);
    expect([...result.w]).toEqual([50, 10]);
    expect(result.outcome.anchors).toEqual([
      { anchor: anchors[0], reached: { x: 8, y: 6 }, slip: 3 },
      { anchor: anchors[1], reached: { x: 53, y: 60 }, slip: 3 },
    ]);
    expect(result.attempt).toBeNull();
  });

  it('says what the best call would have done where none was kept', async () => {
    const world = oneMovingPoint({ share: 0.5, anchorSlip: () => 60 });
    const begin = start(world);
    const result = await runDrag(world.engine, begin, { ...task, anchors: [{ x: 5, y: 6 }] }, options);
    expect(result.scene).toBe(begin.scene);
    expect(result.outcome).toMatchObject({ distanceAfter: 80, anchors: [{ slip: 0 }] });
    expect(result.attempt).toMatchObject({ distanceAfter: 40, anchors: [{ slip: 60, reached: { x: 65, y: 6 } }] });
  });

  it('does not end within the tolerance while an anchor is out of its place', async () => {
    const world = oneMovingPoint({ share: 0.995, anchorSlip: (call) => 10 - 2 * call });
    const result = await runDrag(world.engine, start(world), { ...task, anchors: [{ x: 5, y: 6 }] }, options);
    expect(result.calls).toBe(4);
    expect(result.outcome.anchors[0]?.slip).toBe(2);
  });

  it('frees everything but the first scene when a step fails', async () => {
    for (const failing of [1, 2, 5, 6]) {
      const world = oneMovingPoint();
      const begin = start(world);
      let steps = 0;
      const onStep = () => {
        if (++steps === failing) throw new Error('no');
      };
      await expect(runDrag(world.engine, begin, task, { ...options, onStep })).rejects.toThrow('no');
      expect([...world.alive]).toEqual([begin.scene]);
    }
  });
});
