import { describe, expect, it } from 'vitest';
import type { Engine, Scene } from '../engine/engine.js';
import type { DragPoint, Point } from '../picture/points.js';
import { runDrag } from './run-drag.js';

/** A world of one point: the code is its place, a call of the predictor moves it by a share of the way. */
function oneMovingPoint({
  share = 0.5,
  callDistance = 100,
  slips = 0,
}: {
  share?: number | ((call: number) => number);
  callDistance?: number;
  /** How far an anchor slips for every pixel that the point moves. */
  slips?: number;
} = {}) {
  const alive = new Set<Scene>();
  const asked: DragPoint[][] = [];
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
    async render(w) {
      place = { x: w[0] as number, y: w[1] as number };
      return scene();
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
    track: async (_, points) => ({
      locate: async () => points.map(({ x, y }, i) => (i === 0 ? place : { x: x + slips * (place.x - from.x), y })),
    }),
  };
  return { engine, alive, asked, scene };
}

const from: Point = { x: 10, y: 10 };
const points = [{ handle: from, target: { x: 90, y: 10 } }];
const options = { calls: 4, tolerance: 1, anchors: [] };
const start = (world: ReturnType<typeof oneMovingPoint>) => ({ scene: world.scene(), w: new Float32Array([10, 10]) });

function beginning(options: Parameters<typeof oneMovingPoint>[0]) {
  const world = oneMovingPoint(options);
  return [world.engine, start(world)] as const;
}

describe('runDrag', () => {
  it('goes on from where the handle is found, and keeps every code', async () => {
    const world = oneMovingPoint({ share: 0.5 });
    const begin = start(world);
    const result = await runDrag(world.engine, begin, points, options);
    expect(result.calls).toBe(4);
    expect(result.distanceBefore).toBe(80);
    expect(result.distanceAfter).toBe(0); // the second call and those after it ask for twice the way, as far as the picture goes
    expect([...result.w]).toEqual([90, 10]);
    expect(result.codes.map((code) => code[0])).toEqual([10, 30, 50, 62.25, 74.5, 80.625, 86.75, 88.375, 90]);
    expect(world.asked.map(([pair]) => pair?.handle.x)).toEqual([10, 50, 74.5, 86.75]);
    expect([...world.alive]).toEqual([begin.scene, result.scene]);
  });

  it('ends within the tolerance', async () => {
    const world = oneMovingPoint({ share: 0.995 });
    expect(await runDrag(world.engine, start(world), points, options)).toMatchObject({ calls: 1 });
  });

  it('cuts a way that is longer than one call may go', async () => {
    const world = oneMovingPoint({ share: 1, callDistance: 30 });
    const result = await runDrag(world.engine, start(world), points, options);
    expect(world.asked.map(([pair]) => pair?.target.x)).toEqual([40, 70, 90]);
    expect(result.distanceAfter).toBe(0);
  });

  it('keeps the nearest result, and ends when a call leads away', async () => {
    const world = oneMovingPoint({ share: (call) => (call === 2 ? -1 : 0.5) });
    const begin = start(world);
    const result = await runDrag(world.engine, begin, points, options);
    expect(result.calls).toBe(2);
    expect([...result.w]).toEqual([50, 10]);
    expect(result.codes).toHaveLength(3);
    expect([...world.alive]).toEqual([begin.scene, result.scene]);
  });

  it('ends where it began when no call comes nearer', async () => {
    const world = oneMovingPoint({ share: -0.1 });
    const begin = start(world);
    const result = await runDrag(world.engine, begin, points, options);
    expect(result.scene).toBe(begin.scene);
    expect(result.distanceAfter).toBe(result.distanceBefore);
    expect(result.codes).toHaveLength(1);
    expect([...world.alive]).toEqual([begin.scene]);
  });

  it('pulls anchors back to where they were', async () => {
    const world = oneMovingPoint();
    await runDrag(world.engine, start(world), points, { ...options, anchors: [{ x: 5, y: 6 }] });
    for (const [, anchor] of world.asked) expect(anchor).toEqual({ handle: { x: 5, y: 6 }, target: { x: 5, y: 6 } });
  });

  it('counts what anchors slip: a call that moves them as far as it brings the handle home is not kept', async () => {
    const anchors = [{ x: 5, y: 6 }];
    const kept = await runDrag(...beginning({ slips: 0.5 }), points, { ...options, calls: 1, anchors });
    expect(kept.distanceAfter).toBe(40);
    expect(kept.anchorsReached).toEqual([{ x: 25, y: 6 }]);
    const [engine, begin] = beginning({ slips: 1.1 });
    const seen: number[] = [];
    const refused = await runDrag(engine, begin, points, {
      ...options,
      anchors,
      onCall: ({ slip }) => seen.push(slip),
    });
    expect(seen).toEqual([expect.closeTo(44, 6)]);
    expect(refused.scene).toBe(begin.scene);
    expect(refused.anchorsReached).toEqual(anchors);
  });

  it('goes on at the target while an anchor is not home', async () => {
    const [engine, begin] = beginning({ share: 0.999, slips: 0.1 });
    expect((await runDrag(engine, begin, points, { ...options, anchors: [{ x: 5, y: 6 }] })).calls).toBeGreaterThan(1);
  });

  it('frees everything but the first scene when a step fails', async () => {
    for (const failing of [1, 2, 5, 6]) {
      const world = oneMovingPoint();
      const begin = start(world);
      let steps = 0;
      const onStep = () => {
        if (++steps === failing) throw new Error('no');
      };
      await expect(runDrag(world.engine, begin, points, { ...options, onStep })).rejects.toThrow('no');
      expect([...world.alive]).toEqual([begin.scene]);
    }
  });
});
