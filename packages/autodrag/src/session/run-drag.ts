import type { Engine, Scene } from '../engine/engine.js';
import type { Picture } from '../picture/picture.js';
import { clampPoint, type DragPoint, distance, type Point, towards } from '../picture/points.js';

/** What is known after each code of the predictor. */
export type DragStep = {
  /** From 1. */
  readonly call: number;
  /** From 1, within the call. */
  readonly step: number;
  /** At most so many calls will follow one another. */
  readonly calls: number;
  readonly steps: number;
  /** The code, `[numWs * wDim]`. */
  readonly w: Float32Array;
};

/** What is known after each call: a picture, and where the handles are in it. */
export type DragCall = {
  readonly call: number;
  readonly calls: number;
  readonly picture: Picture;
  /** Where each handle is now. */
  readonly reached: readonly Point[];
  /** Mean distance of the handles to their targets, in pixels. */
  readonly distance: number;
  /** Mean distance of the anchors from where they should stay, in pixels; 0 without anchors, and from an optimisation. */
  readonly slip: number;
};

export type RunDragOptions = {
  readonly calls: number;
  readonly tolerance: number;
  readonly anchors: readonly Point[];
  readonly signal?: AbortSignal;
  readonly onStep?: (step: DragStep) => void;
  readonly onCall?: (call: DragCall) => void;
};

export type RunDragResult = {
  /** The scene of the best code; the caller's. `start` itself where no call came nearer. */
  readonly scene: Scene;
  readonly w: Float32Array;
  /** All codes from the first to the best, the one before the drag first. */
  readonly codes: readonly Float32Array[];
  readonly reached: readonly Point[];
  /** Where each anchor is in the result. */
  readonly anchorsReached: readonly Point[];
  readonly distanceBefore: number;
  readonly distanceAfter: number;
  /** Calls that were made, also those whose result was not kept. */
  readonly calls: number;
};

/** How many times the way a call may be asked for at most. */
const maxGain = 2;

/**
 * Drags in up to `calls` calls of the predictor. Each call gets the picture that the last one led to, and the place
 * where the handles are found in it; a way that is longer than one call may go is cut. The best result is
 * kept, by the mean distance of the handles from their targets and that of the anchors from their places: what an anchor
 * slips must be gained by the handles. So a drag never ends farther from its target (as tracked) than it began.
 *
 * A predictor that goes only a part of the way is asked for more from the second call on, by the inverse of the share that
 * the last call went: what is missing is then missing once, and not again in each call.
 *
 * One generator pass a call: the pass that makes the picture also gives the features that the next call reads.
 */
export async function runDrag(
  engine: Engine,
  start: { scene: Scene; w: Float32Array },
  points: readonly DragPoint[],
  { calls, tolerance, anchors, signal, onStep, onCall }: RunDragOptions,
): Promise<RunDragResult> {
  signal?.throwIfAborted();
  const size = start.scene.picture;
  const targets = points.map((point) => point.target);
  const origin = points.map((point) => point.handle);
  const followed = [...origin, ...anchors];
  const distanceBefore = meanDistance(origin, targets);
  const tracker = await engine.track(start.scene, followed);
  signal?.throwIfAborted();
  const places: readonly Point[] = followed;
  let best = { scene: start.scene, w: start.w, length: 1, places, distance: distanceBefore, slip: 0 };
  let now: { scene: Scene; w: Float32Array; places: readonly Point[] } = { ...start, places: followed };
  const codes: Float32Array[] = [start.w];
  let call = 0;
  let gain = 1;
  try {
    while (call < calls) {
      call++;
      const before = now.places;
      const pairs = before.map((place, i): DragPoint => {
        const target = i < targets.length ? (targets[i] as Point) : (anchors[i - targets.length] as Point);
        return { handle: place, target: towards(place, target, engine.callDistance) };
      });
      const asked = pairs.map(({ handle, target }) => ({
        handle,
        target: clampPoint(stretch(handle, target, gain), size),
      }));
      let step = 0;
      let w = now.w;
      for await (const code of engine.predict(now.scene, now.w, asked)) {
        signal?.throwIfAborted();
        w = code;
        codes.push(code);
        onStep?.({ call, step: ++step, calls, steps: engine.steps, w: code });
      }
      signal?.throwIfAborted();
      const scene = await engine.render(w);
      if (now.scene !== best.scene) now.scene.dispose();
      now = { scene, w, places: now.places };
      signal?.throwIfAborted();
      // Always by the features of the first scene, so that small errors do not add up.
      const way = Math.max(...pairs.map(({ handle, target }) => distance(handle, target)));
      now.places = await tracker.locate(
        scene,
        pairs.map(({ target }) => ({
          at: target,
          spread: 0.25 * way + size.width / 128,
          window: 1.1 * way + (3 * size.width) / 128,
        })),
      );
      const reached = now.places.slice(0, points.length);
      const left = meanDistance(reached, targets);
      gain = 1 / Math.min(Math.max(progress(asked.slice(0, points.length), reached), 1 / maxGain), 1);
      const slip = meanDistance(now.places.slice(points.length), anchors);
      onCall?.({ call, calls, picture: scene.picture, reached, distance: left, slip });
      const better = left + slip < best.distance + best.slip;
      if (better) {
        if (best.scene !== start.scene) best.scene.dispose();
        best = { scene, w, length: codes.length, places: now.places, distance: left, slip };
      }
      if (!better || (left <= tolerance && slip <= tolerance)) break;
    }
    if (now.scene !== best.scene && now.scene !== start.scene) now.scene.dispose();
  } catch (error) {
    const scenes = new Set([now.scene, best.scene]);
    scenes.delete(start.scene);
    for (const scene of scenes) scene.dispose();
    throw error;
  }
  return {
    scene: best.scene,
    w: best.w,
    codes: codes.slice(0, best.length),
    reached: best.places.slice(0, points.length),
    anchorsReached: best.places.slice(points.length),
    distanceBefore,
    distanceAfter: best.distance,
    calls: call,
  };
}

/** What share of the way that was asked for the points went, along it. */
function progress(asked: readonly DragPoint[], reached: readonly Point[]): number {
  let way = 0;
  let gone = 0;
  asked.forEach(({ handle, target }, i) => {
    const length = distance(handle, target);
    const { x, y } = reached[i] as Point;
    way += length;
    if (length > 0) gone += ((x - handle.x) * (target.x - handle.x) + (y - handle.y) * (target.y - handle.y)) / length;
  });
  return way > 0 ? gone / way : 1;
}

function stretch(from: Point, to: Point, factor: number): Point {
  return { x: from.x + (to.x - from.x) * factor, y: from.y + (to.y - from.y) * factor };
}

function meanDistance(from: readonly Point[], to: readonly Point[]): number {
  return from.reduce((sum, point, i) => sum + distance(point, to[i] as Point), 0) / Math.max(1, from.length);
}
