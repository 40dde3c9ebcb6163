import type { Autodrag, DragPoint } from '@autodrag/autodrag';
import { createRandom } from '@autodrag/nn';
import * as tf from '@tensorflow/tfjs-core';
import type { Judge } from '../judges/judge.js';
import type { DragTask, PointCount } from './drag-task.js';
import { drawPair } from './draw-pair.js';
import { heldTasks } from './held-tasks.js';

export type LandmarkTaskOptions = {
  /** @default 1 */
  points?: PointCount;
  /** Tasks to make. @default 200 */
  drags?: number;
  /** Landmarks (the mean of several) move at least so far, in pixels at 512. @default 50 */
  minimumDistance?: number;
  /** @default 0 */
  seed?: number;
  /** @default 0.7 */
  truncationPsi?: number;
  signal?: AbortSignal;
};

/**
 * Landmark manipulation: landmarks of one picture shall go to where the same landmarks are in a second one, whose code
 * differs in the first six layers only, so that the task has a solution. The seeds are none that a training uses.
 *
 * The tasks of a seed are the same for every method, machine and shard. A judge without landmarks makes its own.
 */
export async function* landmarkTasks(
  autodrag: Pick<Autodrag, 'generator' | 'width' | 'height' | 'maxPoints'>,
  judge: Judge,
  options: LandmarkTaskOptions = {},
): AsyncGenerator<DragTask> {
  if (options.points === 'anchors' || options.points === 'mask') {
    yield* heldTasks(autodrag, judge, options.points, options);
    return;
  }
  if (judge.tasks) {
    yield* judge.tasks(autodrag, options);
    return;
  }
  const { generator, width, height } = autodrag;
  const most = autodrag.maxPoints || Infinity;
  const { points = 1, drags = 200, minimumDistance = 50, seed = 0, truncationPsi = 0.7, signal } = options;
  const random = createRandom(seed).fork('evaluation');
  const threshold = (minimumDistance * Math.max(width, height)) / 512;
  for (let pair = 0, index = 0; index < drags; pair++) {
    signal?.throwIfAborted();
    const draw = random.fork(pair);
    const { z, w, targetW, pictures } = await drawPair(draw, generator, truncationPsi);
    let [from, to]: (Float32Array | null)[] = [null, null];
    try {
      from = await judge.locate(pictures[0], w);
      to = from && (await judge.locate(pictures[1], targetW));
    } finally {
      tf.dispose([...pictures]);
    }
    if (!from || !to) continue;
    const seen = z.map((latent) => judge.visible?.(latent));
    const landmarks = choose(points, { judge, seen, from, to, threshold, most }, (n) => draw.integer(n));
    if (!landmarks) continue;
    const inside = (values: Float32Array, i: number) => ({
      x: Math.min(width - 1, Math.max(0, values[2 * i]!)),
      y: Math.min(height - 1, Math.max(0, values[2 * i + 1]!)),
    });
    const drag = landmarks.map((i): DragPoint => ({ handle: inside(from, i), target: inside(to, i) }));
    yield { index, count: points, w, targetW, points: drag, landmarks, from, to };
    index++;
  }
}

type Seen = {
  judge: Judge;
  seen: (ArrayLike<number> | undefined)[];
  from: Float32Array;
  to: Float32Array;
  threshold: number;
  /** Points that one drag may have. */
  most: number;
};

/** The landmarks of a task, or null where they move too little. */
function choose(points: PointCount, { judge, seen, from, to, threshold, most }: Seen, pick: (n: number) => number) {
  const length = (i: number) => Math.hypot(to[2 * i]! - from[2 * i]!, to[2 * i + 1]! - from[2 * i + 1]!);
  const mean = (chosen: readonly number[]) => chosen.reduce((sum, i) => sum + length(i), 0) / chosen.length;
  // A landmark that is hidden in one of the pictures cannot be seen by a user or by the judge.
  const all = Array.from({ length: judge.count }, (_, i) => i).filter((i) => seen.every((one) => one?.[i] !== 0));
  if (points === 1) {
    const far = all.filter((i) => length(i) >= threshold);
    return far.length > 0 ? [far[pick(far.length)]!] : null;
  }
  const chosen = points === 5 ? [...judge.five] : some(all, most, pick);
  return chosen.length > 0 && mean(chosen) >= threshold ? chosen : null;
}

/** At most so many of them, at random, in their order. */
function some(landmarks: readonly number[], most: number, pick: (n: number) => number): number[] {
  const left = [...landmarks];
  while (left.length > most) left.splice(pick(left.length), 1);
  return left;
}
