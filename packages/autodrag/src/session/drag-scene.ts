import type { Engine, Scene } from '../engine/engine.js';
import type { Mask, OptimizationMethod, Optimizer } from '../engine/optimizer.js';
import { copyPicture, outcomeAtStart } from './drag-report.js';
import type { DragTask } from './drag-task.js';
import { createJudge, type Judge, meanSlip, scoreOf } from './judge-scene.js';
import { maskAnchors } from './mask.js';
import { type RunDragOptions, type RunDragResult, runDrag } from './run-drag.js';

/** How a drag is made: by the predictor, or by an optimisation that needs none. */
export type DragMethod = 'predictor' | OptimizationMethod;

export type RefineSettings = {
  /** Passes of the generator forth and back, at most: two a point and an anchor, or neighbours share. @default 10 */
  steps?: number;
};

export type DragSceneOptions = RunDragOptions & {
  readonly method: DragMethod;
  /** Steps of an optimisation, at most. */
  readonly steps?: number;
  readonly mask?: Mask;
  readonly refine: RefineSettings | null;
  readonly signal?: AbortSignal;
};

export type DragSceneResult = RunDragResult & {
  /** Passes forth and back that an optimisation or `refine` made, and passes forth alone of `refine`. */
  readonly passes: number;
  readonly looks: number;
};

type OptimizingEngine = Engine & { readonly optimizer: Optimizer };
type Start = { readonly scene: Scene; readonly w: Float32Array };

/** Steps that `refine` may try. */
const refineTrials = 6;

/** At most so many points stand for a mask. */
const mostMaskAnchors = 16;

/** One drag by any method, and what refines it. All are judged alike. */
export async function dragScene(
  engine: OptimizingEngine,
  start: Start,
  task: DragTask,
  options: DragSceneOptions,
): Promise<DragSceneResult> {
  const { method, refine, mask, check } = options;
  if (method !== 'predictor') return optimizeScene(engine, start, task, { ...options, method });
  const { points, anchors } = task;
  const room = Math.min(mostMaskAnchors, engine.maxPoints - points.length - anchors.length);
  const held = maskAnchors(mask, start.scene.picture, room, [...points.map(({ handle }) => handle), ...anchors]);
  const whole = { points, anchors: [...anchors, ...held] };
  const judge = await createJudge(engine, start, whole);
  check();
  const run = await runDrag(engine, start, whole, options, judge);
  const done = refine ? await refineScene(engine, start, run, task, judge, options) : { ...run, passes: 0, looks: 0 };
  // what stands for the mask is no anchor that anybody gave
  const given = <T extends { anchors: readonly unknown[] }>(outcome: T): T => ({
    ...outcome,
    anchors: outcome.anchors.slice(0, anchors.length),
  });
  return { ...done, outcome: given(done.outcome), attempt: done.attempt && given(done.attempt) };
}

/** All of a drag by optimisation. The last step is the result, as the published programs have it. */
async function optimizeScene(
  engine: OptimizingEngine,
  start: Start,
  task: DragTask,
  { method, steps = 300, mask, signal, check, onStep, onCall }: DragSceneOptions & { method: OptimizationMethod },
): Promise<DragSceneResult> {
  const judge = await createJudge(engine, start, task);
  check();
  const codes: Float32Array[] = [start.w];
  for await (const { w, step } of engine.optimizer.optimize(method, start.w, task.points, { mask, steps, signal })) {
    check();
    codes.push(w);
    onStep?.({ call: 1, step, calls: 1, steps, w: w.slice() });
    await turn();
  }
  const passes = codes.length - 1;
  const atStart = outcomeAtStart(task);
  const distanceBefore = atStart.distanceAfter;
  const still = {
    ...start,
    codes: [start.w],
    outcome: atStart,
    attempt: null,
    distanceBefore,
    calls: 0,
    passes,
    looks: 0,
  };
  const w = codes.at(-1) as Float32Array;
  if (passes === 0) return still;
  const scene = await engine.render(w);
  try {
    check();
    const { outcome, score } = await judge({ seen: scene, w });
    const reached = outcome.points.map((point) => point.reached);
    const distances = { distance: outcome.distanceAfter, slip: meanSlip(outcome) };
    onCall?.({ call: 1, calls: 1, picture: copyPicture(scene.picture), reached, ...distances });
    if (score < distanceBefore) return { ...still, scene, w, codes, outcome };
    scene.dispose();
    return { ...still, attempt: outcome };
  } catch (error) {
    scene.dispose();
    throw error;
  }
}

/**
 * Refines the result of a drag, which it takes over: its scene is freed if there is a better one, and in case of an
 * error.
 */
async function refineScene(
  engine: OptimizingEngine,
  start: Start,
  run: RunDragResult,
  { points, anchors }: DragTask,
  judge: Judge,
  { mask, refine, signal, check, onStep }: DragSceneOptions,
): Promise<DragSceneResult> {
  const { steps } = refine ?? {};
  let best: { w: Float32Array; step: number } | null = null;
  let made = { passes: 0, looks: 0 };
  let refined: Scene | null = null;
  try {
    const places = run.outcome.points.map(({ reached }) => reached);
    const request = { before: start.w, w: run.w, points, anchors, places, mask, steps, trials: refineTrials, signal };
    for await (const step of engine.optimizer.refine(request)) {
      check();
      made = { passes: step.passes, looks: step.looks };
      if (step.best) best = step;
      const call = run.calls + 1;
      onStep?.({ call, step: step.step, calls: call, steps: refineTrials + 1, w: step.w.slice() });
    }
    // the first one looks at what the predictor left
    if (!best || best.step === 1) return { ...run, ...made };
    refined = await engine.render(best.w);
    check();
    const { outcome, score } = await judge({ seen: refined, w: best.w });
    // it chose by its own reckoning, which sees less than a pixel (of 128); what is farther by more was led astray
    const slack = refined.picture.width / 128;
    if (score > scoreOf(run.outcome) + slack || score >= run.distanceBefore) {
      refined.dispose();
      return { ...run, attempt: run.scene === start.scene ? outcome : null, ...made };
    }
    if (run.scene !== start.scene) run.scene.dispose();
    return { ...run, scene: refined, w: best.w, codes: [...run.codes, best.w], outcome, attempt: null, ...made };
  } catch (error) {
    refined?.dispose();
    if (run.scene !== start.scene) run.scene.dispose();
    throw error;
  }
}

/**
 * A turn of the event loop: on wasm nothing else gives one, and an optimisation of minutes in a worker would never hear
 * that it is to stop.
 */
function turn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve));
}
