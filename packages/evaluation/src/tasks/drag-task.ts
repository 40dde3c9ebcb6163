import type { DragPoint } from '@autodrag/autodrag';
import type { Judge } from '../judges/judge.js';

/** How many landmarks a task drags: one at random, the standard five, or all that can be seen. */
export type PointCount = 1 | 5 | 'all';

/** One drag to be made by each method. Its truth is what the judge saw in the pictures of `w` and `targetW`. */
export type DragTask = {
  /** From 0, among the tasks with this count of points. */
  readonly index: number;
  readonly count: PointCount;
  /** The code before, `[numWs * wDim]`. */
  readonly w: Float32Array;
  /** A code whose picture has the landmarks at the targets: the same but for its first six layers. */
  readonly targetW: Float32Array;
  readonly points: readonly DragPoint[];
  /** Which landmark each point is. */
  readonly landmarks: readonly number[];
  /** All landmarks before and in the target's picture, `[2 * count of the judge]`. */
  readonly from: Float32Array;
  readonly to: Float32Array;
  /** Of tasks whose points are those of their picture alone: who says where they are. @default the run's judge */
  readonly judge?: Judge;
};
