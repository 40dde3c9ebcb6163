import type { Engine, Scene, Seen } from '../engine/engine.js';
import { type DragPoint, distance, type Point } from '../picture/points.js';
import { type DragOutcome, outcomeOf } from './drag-report.js';
import type { DragTask } from './drag-task.js';

/** How a scene is judged. */
export type Judgement = {
  /** Where the points and then the anchors are. */
  readonly places: readonly Point[];
  readonly outcome: DragOutcome;
  /** The points' mean distance and the anchors' mean slip, in pixels. */
  readonly score: number;
};

/**
 * Judges other scenes by the features of the first one.
 *
 * @param now what is seen of a code's picture, and the code
 * @param pairs where each point was and where it was asked to go: it is looked for around there, or around where the
 *   motion field expects it
 */
export type Judge = (now: SeenOfCode, pairs?: readonly DragPoint[]) => Promise<Judgement>;

type SeenOfCode = { readonly seen: Seen; readonly w: Float32Array };
type SceneOfCode = { readonly scene: Scene; readonly w: Float32Array };

/**
 * Makes the judge of a drag. Distances are the tracker's expected ones, which know how far a place can be told at all.
 * The place that is most alike would be no judge: it is also what the calls are steered by, so that after some of them
 * it lies at the target, whatever its own error is.
 */
export async function createJudge(engine: Engine, first: SceneOfCode, task: DragTask): Promise<Judge> {
  const { points, anchors } = task;
  const ends = [...points.map(({ target }) => target), ...anchors];
  const places = placesAtStart(task);
  const whole = ends.map((target, i) => ({ handle: places[i] as Point, target }));
  const { width } = first.scene.picture;
  const tracker = await engine.track(first.scene, places);
  return async ({ seen, w }, pairs = whole) => {
    const way = Math.max(...pairs.map(({ handle, target }) => distance(handle, target)));
    const expected = await engine.expect(first.w, w, places);
    // as far as a call, or the field, may have erred
    const window = expected ? 0.3 * way + (4 * width) / 128 : 1.1 * way + (3 * width) / 128;
    const searches = pairs.map(({ target }, i) => ({ around: expected?.[i] ?? target, window, to: ends[i] }));
    const found = await tracker.locate(seen, searches);
    const reached = found.map(({ x, y }): Point => ({ x, y }));
    const distances = found.slice(0, points.length).map((point) => point.distance);
    const outcome = outcomeOf(task, reached, distances);
    return { places: reached, outcome, score: scoreOf(outcome) };
  };
}

/** What is to become least. */
export function scoreOf(outcome: DragOutcome): number {
  return outcome.distanceAfter + meanSlip(outcome);
}

/** Mean over the anchors; 0 without any. */
export function meanSlip({ anchors }: DragOutcome): number {
  return anchors.reduce((sum, { slip }) => sum + slip, 0) / Math.max(anchors.length, 1);
}

/** Where points and then anchors are before the drag. */
export function placesAtStart({ points, anchors }: DragTask): readonly Point[] {
  return [...points.map(({ handle }) => handle), ...anchors];
}
