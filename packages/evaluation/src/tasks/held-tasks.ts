import type { Autodrag, Point } from '@autodrag/autodrag';
import { InvalidArgumentError } from '@autodrag/nn';
import type { Judge } from '../judges/judge.js';
import { drawLocalTasks } from '../local/draw-local-tasks.js';
import type { DragTask } from './drag-task.js';
import type { LandmarkTaskOptions } from './landmark-tasks.js';
import { paintCode } from './paint-code.js';

/** Landmarks that should stay, in tasks with anchors. */
const anchorCount = 2;
/** What is farther than this from the way of the landmark is fixed by a mask, in shares of the longer side. */
const maskDistance = 0.2;

/**
 * Drags that hold something: a landmark goes a short way (0.08 of the size), and two others stay (`'anchors'`), or all
 * that is far from it (`'mask'`). All have a solution, by the renderer's own geometry.
 *
 * @throws InvalidArgumentError for a judge whose domain has no renderer
 */
export async function* heldTasks(
  autodrag: Pick<Autodrag, 'generator' | 'width' | 'height'>,
  judge: Judge,
  points: 'anchors' | 'mask',
  { drags = 200, seed = 0, truncationPsi, signal }: LandmarkTaskOptions,
): AsyncGenerator<DragTask> {
  const { generator, width, height } = autodrag;
  const model = judge.geometry?.(Math.max(width, height));
  if (!model) {
    throw new InvalidArgumentError(
      `heldTasks: ${points}: the judge '${judge.name}' knows no geometry, by which a task is known to have a solution. Use the detector of a domain with a renderer.`,
    );
  }
  const locate = async (w: Float32Array) => {
    const picture = paintCode(generator, w);
    try {
      return await judge.locate(picture, w);
    } finally {
      picture.dispose();
    }
  };
  const anchors = points === 'anchors' ? anchorCount : 0;
  let index = 0;
  for await (const drawn of drawLocalTasks(autodrag, locate, model, { anchors, drags, seed, truncationPsi, signal })) {
    const { w, found, task, handle, target, stay } = drawn;
    const to = found.slice();
    to.set([target.x, target.y], 2 * task.landmark);
    const held =
      points === 'anchors'
        ? { anchors: stay, anchorLandmarks: task.anchors }
        : { mask: farFrom(handle, target, { width, height }) };
    const given = { points: [{ handle, target }], landmarks: [task.landmark], ...held };
    yield { index, count: points, w, targetW: null, ...given, from: found, to };
    index++;
  }
}

/** 1 for each pixel that is far from a way, row by row. */
function farFrom(from: Point, to: Point, { width, height }: { width: number; height: number }): Float32Array {
  const [dx, dy] = [to.x - from.x, to.y - from.y];
  const square = dx * dx + dy * dy || 1;
  const near = maskDistance * Math.max(width, height);
  return Float32Array.from({ length: width * height }, (_, i) => {
    const [x, y] = [(i % width) - from.x, Math.floor(i / width) - from.y];
    const share = Math.min(1, Math.max(0, (x * dx + y * dy) / square));
    return Math.hypot(x - share * dx, y - share * dy) > near ? 1 : 0;
  });
}
