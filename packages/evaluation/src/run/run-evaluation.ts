import type { Autodrag } from '@autodrag/autodrag';
import type { Judge } from '../judges/judge.js';
import type { DragMethod } from '../methods/drag-method.js';
import type { PointCount } from '../tasks/drag-task.js';
import { type LandmarkTaskOptions, landmarkTasks } from '../tasks/landmark-tasks.js';
import { type DragRecord, recordKey } from './drag-record.js';
import { type MeasureOptions, measureDrag } from './measure-drag.js';

/** Shard 3 of 16: the tasks whose index leaves 2 when divided by 16. */
export type Shard = { readonly index: number; readonly of: number };

export type RunEvaluationOptions = Omit<LandmarkTaskOptions, 'points'> & {
  methods: readonly DragMethod[];
  /** @default [1, 5] */
  points?: readonly PointCount[];
  /** Only the tasks of this shard. @default all */
  shard?: Shard;
  /** Records that are there already (by `recordKey`); these are not made again. */
  done?: ReadonlySet<string>;
} & Pick<MeasureOptions, 'steps' | 'lpips' | 'motions'>;

/**
 * All methods on all tasks, task by task, so that an interrupted run is a fair one of fewer drags. Quality figures of a
 * record depend on model, judge, seed and backend alone: not on order, shards or other methods.
 */
export async function* runEvaluation(
  autodrag: Autodrag,
  judge: Judge,
  {
    methods,
    points = [1, 5],
    shard,
    done = new Set(),
    steps,
    lpips,
    motions,
    drags = 200,
    ...tasks
  }: RunEvaluationOptions,
): AsyncGenerator<DragRecord> {
  // interleaved, so that the counts of points are equally far wherever a run is cut
  const sources = points.map((count) => landmarkTasks(autodrag, judge, { ...tasks, points: count, drags }));
  for (let index = 0; index < drags; index++) {
    for (const source of sources) {
      const { value: task } = await source.next();
      if (!task) continue;
      if (shard && task.index % shard.of !== shard.index - 1) continue;
      for (const method of methods) {
        if (done.has(recordKey({ points: task.count, task: task.index, method: method.name }))) continue;
        yield await measureDrag(autodrag, judge, method, task, { signal: tasks.signal, steps, lpips, motions });
      }
    }
  }
}
