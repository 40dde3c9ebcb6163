import type { Picture } from '../picture/picture.js';
import { type DragPoint, distance, type Point } from '../picture/points.js';
import type { DragTask } from './drag-task.js';

/** How one point fared. Distances are in pixels, and as tracked in the generator's features. */
export type DraggedPoint = DragPoint & {
  /** Where what was at the handle is now: the place that is most like it. */
  readonly reached: Point;
  readonly distanceBefore: number;
  /**
   * Expected distance to the target. What was at the handle does not look quite the same any more, so its place is
   * known to some pixels only, and this does not fall to 0, also where `reached` is the target.
   */
  readonly distanceAfter: number;
};

/** How one anchor fared, in pixels and as tracked. */
export type HeldAnchor = {
  readonly anchor: Point;
  /** Where what was at the anchor is now. */
  readonly reached: Point;
  /** How far that is from the anchor. */
  readonly slip: number;
};

/** Where points and anchors are in one picture. */
export type DragOutcome = {
  readonly points: readonly DraggedPoint[];
  /** In the order in which they were given. */
  readonly anchors: readonly HeldAnchor[];
  /** Mean over the points. */
  readonly distanceAfter: number;
};

/** What became of a drag. Nothing of it is the session's own: it may be written to. */
export type DragReport = DragOutcome & {
  /** The code of the image, `[numWs * wDim]`. */
  readonly w: Float32Array;
  /** The motion: all codes from before the drag to the result. */
  readonly codes: readonly Float32Array[];
  /** Mean over the points. */
  readonly distanceBefore: number;
  /** False where no call came nearer: the picture then is unchanged, and nothing was added to the history. */
  readonly moved: boolean;
  /** Where no call came nearer, what the best of them would have done: which anchor would have slip, for example. */
  readonly attempt: DragOutcome | null;
  /** Calls of the predictor that were made. */
  readonly calls: number;
  /** Passes of the generator forth and back that `refine` or an optimisation made. */
  readonly passes: number;
  /** Passes of the generator forth alone that `refine` made beside. */
  readonly looks: number;
  /** Mean absolute change of what the mask fixes, in steps of a picture's 256; null without a mask. */
  readonly maskChange: number | null;
  readonly milliseconds: number;
};

export type DragResult = DragReport & { readonly image: Picture };

/**
 * Tells where everything is.
 *
 * @param places of the points, then of the anchors
 * @param distances of the points to their targets
 */
export function outcomeOf(
  { points, anchors }: DragTask,
  places: readonly Point[],
  distances: readonly number[],
): DragOutcome {
  const dragged = points.map(({ handle, target }, i): DraggedPoint => {
    const distanceBefore = distance(handle, target);
    return { handle, target, reached: places[i] as Point, distanceBefore, distanceAfter: distances[i] as number };
  });
  const held = anchors.map((anchor, i): HeldAnchor => {
    const reached = places[points.length + i] as Point;
    return { anchor, reached, slip: distance(anchor, reached) };
  });
  const distanceAfter = dragged.reduce((sum, point) => sum + point.distanceAfter, 0) / dragged.length;
  return { points: dragged, anchors: held, distanceAfter };
}

/** Everything is where it was. */
export function outcomeAtStart(task: DragTask): DragOutcome {
  const places = [...task.points.map(({ handle }) => handle), ...task.anchors];
  return outcomeOf(
    task,
    places,
    task.points.map(({ handle, target }) => distance(handle, target)),
  );
}

/** A report that shares nothing with another one. */
export function copyReport(report: DragReport): DragReport {
  return structuredClone(report);
}

/** A picture that shares nothing with another one. */
export function copyPicture({ width, height, data }: Picture): Picture {
  return { width, height, data: new Uint8ClampedArray(data) };
}
