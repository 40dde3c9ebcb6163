import type { Autodrag, Point } from '@autodrag/autodrag';
import { drawCodes } from '@autodrag/autodrag/training';
import { createRandom, type Random } from '@autodrag/nn';
import type { GeometryModel } from './geometry-model.js';
import { leastChange } from './least-change.js';
import { type LocalTask, localTask } from './local-task.js';

export type DrawLocalTasksOptions = {
  /** Landmarks that should stay. */
  readonly anchors: number;
  readonly drags: number;
  /** How far the landmark should move, in shares of the picture's longer side. @default 0.08 */
  readonly length?: number;
  readonly seed: number;
  /** @default 0.7 */
  readonly truncationPsi?: number;
  readonly signal?: AbortSignal;
};

/** A task with a solution, in a picture. */
export type DrawnLocalTask = {
  /** `[numWs * wDim]` */
  readonly w: Float32Array;
  /** Landmarks of its picture, as they were located. */
  readonly found: Float32Array;
  /** `rest` are the other landmarks that can be seen. */
  readonly task: LocalTask & { readonly rest: readonly number[] };
  readonly handle: Point;
  readonly target: Point;
  readonly stay: readonly Point[];
  /** How many tasks were drawn until there was one with a solution. */
  readonly drawn: number;
};

/** Anchors are at least so far from the landmark, in shares of the longer side. */
const anchorDistance = 0.16;
/** Pixels by which a detector may be off, in shares of the size: how closely a geometry is fitted to what it finds. */
const detectorError = 0.004;

/**
 * Tasks that have a solution in a renderer's domain: one landmark goes a short way in any direction, others stay. The
 * renderer's own geometry, fitted to the picture, tells whether there is a solution.
 *
 * @param locate landmarks of a code's picture, `[2 * count]` in pixels; null where it finds none
 */
export async function* drawLocalTasks(
  { generator, width, height }: Pick<Autodrag, 'generator' | 'width' | 'height'>,
  locate: (w: Float32Array) => Promise<Float32Array | null>,
  model: GeometryModel,
  { anchors, drags, length = 0.08, seed, truncationPsi = 0.7, signal }: DrawLocalTasksOptions,
): AsyncGenerator<DrawnLocalTask> {
  const size = Math.max(width, height);
  const random = createRandom(seed).fork('local drags').fork(anchors);
  const inside = ({ x, y }: Point) => x >= 0 && y >= 0 && x <= width - 1 && y <= height - 1;
  for (let picture = 0, done = 0, drawn = 0; done < drags; picture++) {
    signal?.throwIfAborted();
    const draw = random.fork(picture);
    drawn++;
    const codes = drawCodes(draw, generator, 1, { truncationPsi });
    const w = Float32Array.from(await codes.data());
    codes.dispose();
    const found = await locate(w);
    const task = found && taskIn(draw, model, found, { anchors, length: length * size, size });
    if (!task) continue;
    const at = (i: number): Point => ({ x: found[2 * i]!, y: found[2 * i + 1]! });
    const handle = at(task.landmark);
    const target = { x: handle.x + task.dx, y: handle.y + task.dy };
    const stay = task.anchors.map(at);
    if (![handle, target, ...stay].every(inside)) continue;
    yield { w, found, task, handle, target, stay, drawn };
    done += 1;
    drawn = 0;
  }
}

/** A task in the picture whose landmarks were found at `found`, by the geometry that fits them best. */
function taskIn(
  draw: Random,
  model: GeometryModel,
  found: Float32Array,
  { anchors, length, size }: { anchors: number; length: number; size: number },
): DrawnLocalTask['task'] | null {
  const plain = new Float64Array(model.dimensions);
  const weight = 1 / (detectorError * size) ** 2;
  const wishes = Array.from({ length: model.count }, (_, i) => ({
    landmark: i,
    x: found[2 * i]!,
    y: found[2 * i + 1]!,
    weight,
  }));
  const { z } = leastChange(model, plain, plain, wishes);
  const task = localTask(draw, model, z, { anchors, length, anchorDistance: anchorDistance * size, size });
  if (!task) return null;
  const { visible } = model.locate(z);
  const rest = wishes
    .map(({ landmark }) => landmark)
    .filter((i) => visible[i] && i !== task.landmark && !task.anchors.includes(i));
  return { ...task, rest };
}
