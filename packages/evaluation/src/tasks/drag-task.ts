import type { DragPoint, Point } from '@autodrag/autodrag';
import type { Judge } from '../judges/judge.js';

/**
 * How many landmarks a task drags: one at random, the standard five, or all that can be seen, of more than a drag may
 * have as many at random; or one that goes a short way, while two others stay (`'anchors'`), or all that is far from it
 * (`'mask'`).
 */
export type PointCount = 1 | 5 | 'all' | 'anchors' | 'mask';

/** One drag to be made by each method. Its truth is what the judge saw in the pictures of `w` and `targetW`. */
export type DragTask = {
  /** From 0, among the tasks with this count of points. */
  readonly index: number;
  readonly count: PointCount;
  /** The code before, `[numWs * wDim]`. */
  readonly w: Float32Array;
  /**
   * A code whose picture has the landmarks at the targets: the same but for its first six layers. Null for tasks that
   * hold something.
   */
  readonly targetW: Float32Array | null;
  readonly points: readonly DragPoint[];
  /** Which landmark each point is. */
  readonly landmarks: readonly number[];
  /** What should stay, and which landmarks these are. */
  readonly anchors?: readonly Point[];
  readonly anchorLandmarks?: readonly number[];
  /** By pixel of the picture, row by row: 1 for what should stay. */
  readonly mask?: Float32Array;
  /** All landmarks before and in the target's picture, `[2 * count of the judge]`. */
  readonly from: Float32Array;
  readonly to: Float32Array;
  /** Of tasks whose points are those of their picture alone: who says where they are. @default the run's judge */
  readonly judge?: Judge;
};
