import type { Engine, Scene, View } from '../engine/engine.js';
import type { Picture } from '../picture/picture.js';
import { clampPoint, type DragPoint, distance, type Point, towards } from '../picture/points.js';
import { copyPicture, type DragOutcome, outcomeAtStart } from './drag-report.js';
import type { DragTask } from './drag-task.js';
import { createJudge, type Judge, type Judgement, meanSlip, placesAtStart } from './judge-scene.js';

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
  /** Mean distance of the handles to their targets, in pixels, as `distanceAfter` has it. */
  readonly distance: number;
  /** Mean distance of the anchors from where they should stay, in pixels; 0 without anchors. */
  readonly slip: number;
};

export type RunDragOptions = {
  readonly calls: number;
  readonly tolerance: number;
  /** Called wherever the drag can be given up; throws if it is to be. */
  readonly check: () => void;
  readonly onStep?: (step: DragStep) => void;
  readonly onCall?: (call: DragCall) => void;
};

export type RunDragResult = {
  /** The scene of the best code; the caller's. `start` itself where no call came nearer. */
  readonly scene: Scene;
  readonly w: Float32Array;
  /** All codes from the first to the best, the one before the drag first. */
  readonly codes: readonly Float32Array[];
  /** How points and anchors are in the best scene. */
  readonly outcome: DragOutcome;
  /** How they were in the best of the others, where no call came nearer. */
  readonly attempt: DragOutcome | null;
  readonly distanceBefore: number;
  /** Calls that were made, also those whose result was not kept. */
  readonly calls: number;
};

/** How many times the way a call may be asked for at most. */
const maxGain = 2;

/** A place on the way, and how it is judged. */
type Stage = Judgement & {
  readonly view: View;
  readonly w: Float32Array;
  /** Codes up to its own. */
  readonly length: number;
};

/**
 * Drags in up to `calls` calls of the predictor. Each call gets the picture that the last one led to, and the place
 * where the handles are found in it; a way that is longer than one call may go is cut. The nearest result is kept,
 * where an anchor's slip counts as much as a handle's distance: a drag never ends worse than it began.
 *
 * A predictor that goes only a part of the way is asked for more from the second call on, by the inverse of the share
 * that the last call went: what is missing is then missing once, and not again in each call.
 *
 * The next call reads the features of the last one's code, which are half of a generator pass; the picture is drawn
 * where it is asked for, and of the result.
 */
export async function runDrag(
  engine: Engine,
  start: { scene: Scene; w: Float32Array },
  task: DragTask,
  { calls, tolerance, check, onStep, onCall }: RunDragOptions,
  judge?: Judge,
): Promise<RunDragResult> {
  check();
  const judged = judge ?? (await createJudge(engine, start, task));
  check();
  const { points } = task;
  const size = start.scene.picture;
  const places = placesAtStart(task);
  const outcome = outcomeAtStart(task);
  // the scene is the caller's, and stays
  const begun: View = { ...start.scene, paint: async () => start.scene.picture, dispose: () => {} };
  const first: Stage = { view: begun, w: start.w, length: 1, places, outcome, score: outcome.distanceAfter };
  let best: Stage = first;
  let now: Stage = first;
  let attempt: Stage | null = null;
  const codes: Float32Array[] = [start.w];
  const views = new Set<View>();
  let call = 0;
  let gain = 1;
  try {
    while (call < calls) {
      call++;
      const pairs = nextPairs(task, now.places, engine.callDistance);
      const asked = pairs.map(({ handle, target }) => ({
        handle,
        target: clampPoint(stretch(handle, target, gain), size),
      }));
      let step = 0;
      let { w } = now;
      for await (const code of engine.predict(now.view, now.w, asked)) {
        check();
        w = code;
        codes.push(code);
        onStep?.({ call, step: ++step, calls, steps: engine.steps, w: code.slice() });
      }
      check();
      const view = engine.look(w);
      views.add(view);
      now = { view, w, length: codes.length, ...(await judged({ seen: view, w }, pairs)) };
      gain = 1 / Math.min(Math.max(progress(asked.slice(0, points.length), now.places), 1 / maxGain), 1);
      check();
      onCall?.({
        call,
        calls,
        picture: copyPicture(await view.paint()),
        reached: now.places.slice(0, points.length),
        distance: now.outcome.distanceAfter,
        slip: meanSlip(now.outcome),
      });
      const nearer = now.score < best.score;
      if (nearer) best = now;
      else if (!attempt || now.score < attempt.score) attempt = now;
      disposeOthers(views, best.view, now.view);
      if (!nearer || now.score <= tolerance) break;
    }
    const { view: last } = best;
    const scene =
      best === first ? start.scene : { picture: await last.paint(), features: last.features, dispose: last.dispose };
    check();
    disposeOthers(views, last);
    return {
      scene,
      w: best.w,
      codes: codes.slice(0, best.length),
      outcome: best.outcome,
      attempt: best === first ? (attempt?.outcome ?? null) : null,
      distanceBefore: outcome.distanceAfter,
      calls: call,
    };
  } catch (error) {
    disposeOthers(views);
    throw error;
  }
}

/** Of the model's size in any case. */
export type Preview = Picture & {
  /** Whether it is of half the size, enlarged. */
  readonly draft: boolean;
};

/**
 * What one call of the predictor would give, as a picture: nothing is tracked, and nothing is kept.
 *
 * @param current asked between the steps: whether the picture is still wanted
 * @returns null if it is not
 */
export async function runPreview(
  engine: Engine,
  start: { scene: Scene; w: Float32Array },
  task: DragTask,
  { check, current, draft }: { check: () => void; current: () => boolean; draft?: boolean },
): Promise<Preview | null> {
  let { w } = start;
  for await (const code of engine.predict(start.scene, w, nextPairs(task, placesAtStart(task), engine.callDistance))) {
    check();
    if (!current()) return null;
    w = code;
  }
  const isDraft = draft === true && engine.drafts;
  const picture = await engine.paint(w, { draft: isDraft });
  check();
  return { ...picture, draft: isDraft };
}

/** What the next call is asked for: each point on to its target, each anchor back to where it was. */
function nextPairs({ points, anchors }: DragTask, places: readonly Point[], callDistance: number): DragPoint[] {
  const ends = [...points.map(({ target }) => target), ...anchors];
  return ends.map((end, i) => {
    const handle = places[i] as Point;
    return { handle, target: towards(handle, end, callDistance) };
  });
}

function disposeOthers(views: Set<View>, ...kept: readonly View[]): void {
  for (const view of views) {
    if (kept.includes(view)) continue;
    views.delete(view);
    view.dispose();
  }
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
