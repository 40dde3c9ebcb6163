import type { Autodrag } from '@autodrag/autodrag';
import type { DragTask } from '../tasks/drag-task.js';

/** A code on the way, and how long the method had worked when it had it. */
export type Moment = { readonly milliseconds: number; readonly w: Float32Array };

/** What a method made of a task. */
export type MethodRun = {
  /** Codes in the order of time; the last one is the result. */
  readonly moments: readonly Moment[];
  /** Optimisation steps, or calls of a predictor. */
  readonly steps: number;
  /** Passes of the generator, forth and back. */
  readonly forward: number;
  readonly backward: number;
  /** Time of the method alone, without the judge. */
  readonly milliseconds: number;
};

export type MethodOptions = {
  signal?: AbortSignal;
  /** At most so many steps of an optimisation. @default 300 */
  steps?: number;
};

/** A way to drag, to be compared with others. */
export type DragMethod = {
  /** As in `--methods`. */
  readonly name: string;
  /** As in tables. */
  readonly title: string;
  run(autodrag: Autodrag, task: DragTask, options?: MethodOptions): Promise<MethodRun>;
};
