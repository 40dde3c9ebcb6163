import type { Engine, Scene } from '../engine/engine.js';
import type { Mask, OptimizationMethod, Optimizer, OptimizeStep } from '../engine/optimizer.js';
import { type DragPoint, distance, type Point } from '../picture/points.js';
import { maskAnchors } from './mask.js';
import { type RunDragOptions, type RunDragResult, runDrag } from './run-drag.js';

/** How a drag is made: by the predictor, or by an optimisation that needs none. */
export type DragMethod = 'predictor' | OptimizationMethod;

export type RefineSettings = {
  /** Passes of the generator forth and back, at most. @default 8 */
  steps?: number;
};

export type DragSceneOptions = RunDragOptions & {
  readonly method: DragMethod;
  /** Steps of an optimisation, at most. */
  readonly steps?: number;
  readonly mask?: Mask;
  readonly refine: RefineSettings | null;
};

export type DragSceneResult = Omit<RunDragResult, 'anchorsReached'> & {
  /** Where each anchor is in the result; null where an optimisation had the last word, which does not follow them. */
  readonly anchorsReached: readonly Point[] | null;
  /** Passes forth and back that an optimisation or `refine` made. */
  readonly passes: number;
};

type Start = { readonly scene: Scene; readonly w: Float32Array };

/** At most so many points stand for a mask. */
const mostMaskAnchors = 16;

/** One drag by any method, and what refines it. */
export async function dragScene(
  engine: Engine & { readonly optimizer: Optimizer },
  start: Start,
  points: readonly DragPoint[],
  options: DragSceneOptions,
): Promise<DragSceneResult> {
  const { method, refine } = options;
  if (method !== 'predictor') return optimizeScene(engine, start, points, { ...options, method });
  const { mask, anchors } = options;
  const room = Math.min(mostMaskAnchors, engine.maxPoints - points.length - anchors.length);
  const held = maskAnchors(mask, start.scene.picture, room, [...points.map(({ handle }) => handle), ...anchors]);
  const run = await runDrag(engine, start, points, { ...options, anchors: [...anchors, ...held] });
  return refine ? refineScene(engine, start, run, points, options) : { ...run, passes: 0 };
}

/** All of a drag by optimisation. The last step is the result, as the published programs have it. */
async function optimizeScene(
  engine: Engine & { readonly optimizer: Optimizer },
  start: Start,
  points: readonly DragPoint[],
  { method, steps = 300, mask, signal, onStep, onCall }: DragSceneOptions & { method: OptimizationMethod },
): Promise<DragSceneResult> {
  const codes: Float32Array[] = [start.w];
  let last: OptimizeStep | null = null;
  for await (const step of engine.optimizer.optimize(method, start.w, points, { mask, steps, signal })) {
    last = step;
    codes.push(step.w);
    onStep?.({ call: 1, step: step.step, calls: 1, steps, w: step.w });
    await turn();
  }
  const distanceBefore = meanDistance(
    points.map(({ handle }) => handle),
    points,
  );
  const passes = last?.step ?? 0;
  if (!last || last.distance >= distanceBefore) {
    const reached = points.map(({ handle }) => handle);
    const distances = { distanceBefore, distanceAfter: distanceBefore };
    return { ...start, codes: [start.w], reached, anchorsReached: null, ...distances, calls: 0, passes };
  }
  const scene = await engine.render(last.w);
  onCall?.({ call: 1, calls: 1, picture: scene.picture, reached: last.points, distance: last.distance, slip: 0 });
  return {
    scene,
    w: last.w,
    codes,
    reached: last.points,
    anchorsReached: null,
    distanceBefore,
    distanceAfter: last.distance,
    calls: 0,
    passes,
  };
}

/** Refines the result of a drag, which it takes over: its scene is freed if there is a better one, and in case of an error. */
async function refineScene(
  engine: Engine & { readonly optimizer: Optimizer },
  start: Start,
  run: RunDragResult,
  points: readonly DragPoint[],
  { anchors, mask, refine, signal, onStep }: DragSceneOptions,
): Promise<DragSceneResult> {
  const { steps = 8 } = refine ?? {};
  let best: OptimizeStep | null = null;
  let passes = 0;
  try {
    const request = { before: start.w, w: run.w, points, anchors, places: run.reached, mask, steps, signal };
    for await (const step of engine.optimizer.refine(request)) {
      passes = step.step;
      if (step.best) best = step;
      onStep?.({ call: run.calls + 1, step: step.step, calls: run.calls + 1, steps, w: step.w });
    }
    // the first pass looks at what the predictor left
    if (!best || best.step === 1) return { ...run, passes };
    const scene = await engine.render(best.w);
    if (run.scene !== start.scene) run.scene.dispose();
    const { w, points: reached, distance: distanceAfter } = best;
    return { ...run, scene, w, codes: [...run.codes, w], reached, anchorsReached: null, distanceAfter, passes };
  } catch (error) {
    if (run.scene !== start.scene) run.scene.dispose();
    throw error;
  }
}

/**
 * A turn of the event loop: on wasm nothing else gives one, and an optimisation of minutes in a worker would never hear that it
 * is to stop.
 */
function turn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve));
}

function meanDistance(places: readonly Point[], points: readonly DragPoint[]): number {
  return places.reduce((sum, place, i) => sum + distance(place, (points[i] as DragPoint).target), 0) / places.length;
}
