import type { PointCount } from '../tasks/drag-task.js';

/** What one method made of one task, in numbers: a line of the results file. Distances in pixels of the picture. */
export type DragRecord = {
  readonly points: PointCount;
  readonly task: number;
  readonly method: string;
  /** Mean distance of the landmarks to their targets, as the judge sees them. */
  readonly before: number;
  readonly after: number;
  /** Mean motion of the landmarks that were not dragged. */
  readonly collateral: number;
  /** The least of it that the task needs, as the generator moves. */
  readonly leastCollateral?: number;
  /** Mean motion of the anchors, of tasks that have some. */
  readonly slip?: number;
  /** Mean absolute change of what a mask fixes, in 255ths of the range of a picture; of tasks that have one. */
  readonly maskChange?: number;
  /** Mean squared difference to the picture before, in [-1, 1]. */
  readonly mse: number;
  /** LPIPS to the picture before, where its weights were given. */
  readonly lpips?: number;
  /** 1 - cosine between deep features of the picture and of the one before: how far what it shows has drifted. */
  readonly identityDrift?: number;
  /** The features, for Fréchet distances. */
  readonly features?: readonly number[];
  /** The layers that the result differs in: see `packEditedLayers`. */
  readonly edited?: string;
  readonly steps: number;
  readonly forward: number;
  readonly backward: number;
  readonly milliseconds: number;
  /** Milliseconds and mean distance along the way. */
  readonly curve: readonly (readonly [milliseconds: number, distance: number])[];
};

/** Tells records apart: a run that goes on skips those that are there. */
export function recordKey({ points, task, method }: Pick<DragRecord, 'points' | 'task' | 'method'>): string {
  return `${points}/${task}/${method}`;
}
