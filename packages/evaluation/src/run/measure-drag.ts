import type { Autodrag } from '@autodrag/autodrag';
import * as tf from '@tensorflow/tfjs-core';
import type { Judge } from '../judges/judge.js';
import type { DragMethod, MethodOptions } from '../methods/drag-method.js';
import { leastCollateral, type MotionStatistics } from '../metrics/collateral-motion.js';
import type { Lpips } from '../metrics/lpips.js';
import type { DragTask } from '../tasks/drag-task.js';
import { paintCode } from '../tasks/paint-code.js';
import type { DragRecord } from './drag-record.js';
import { packEditedLayers } from './edited-layers.js';

export type MeasureOptions = MethodOptions & {
  /** Perceptual distances; left out without. */
  lpips?: Lpips;
  /** How the generator's landmarks move together; without it nothing is said of what a task needs. */
  motions?: MotionStatistics;
};

/** Lets a method do a task, and the judge look at what came of it. */
export async function measureDrag(
  autodrag: Autodrag,
  judge: Judge,
  method: DragMethod,
  task: DragTask,
  { lpips, motions, ...options }: MeasureOptions = {},
): Promise<DragRecord> {
  const run = await method.run(autodrag, task, options);
  const distance = (found: Float32Array | null) => {
    if (!found) return Number.NaN;
    const sum = task.landmarks.reduce((total, i, k) => {
      const { target } = task.points[k]!;
      return total + Math.hypot(found[2 * i]! - target.x, found[2 * i + 1]! - target.y);
    }, 0);
    return sum / task.landmarks.length;
  };
  const start = paintCode(autodrag.generator, task.w);
  try {
    const curve: [number, number][] = [];
    let found: Float32Array | null = null;
    let mse = 0;
    let maskChange: number | undefined;
    let perceptual: Partial<Awaited<ReturnType<typeof perceive>>> = {};
    for (const { milliseconds, w } of run.moments) {
      options.signal?.throwIfAborted();
      const picture = paintCode(autodrag.generator, w);
      try {
        found = await (task.judge ?? judge).locate(picture, w);
        if (w === run.moments.at(-1)!.w) {
          mse = await meanSquare(picture, start);
          if (task.mask) maskChange = await changeWithin(task.mask, picture, start);
          if (lpips) perceptual = await perceive(lpips, picture, start);
        }
      } finally {
        picture.dispose();
      }
      curve.push([milliseconds, distance(found)]);
    }
    return {
      points: task.count,
      task: task.index,
      method: method.name,
      before: distance(task.from),
      after: curve.at(-1)![1],
      collateral: found ? meanMotion(task.from, found, othersThan(task)) : Number.NaN,
      ...(motions ? { leastCollateral: leastCollateral(motions, task.landmarks, wayOf(task)) } : {}),
      ...(task.anchorLandmarks
        ? { slip: found ? meanMotion(task.from, found, task.anchorLandmarks) : Number.NaN }
        : {}),
      ...(maskChange === undefined ? {} : { maskChange }),
      mse,
      ...perceptual,
      edited: packEditedLayers(task.w, run.moments.at(-1)!.w, autodrag.wDim),
      steps: run.steps,
      forward: run.forward,
      backward: run.backward,
      milliseconds: run.milliseconds,
      curve,
    };
  } finally {
    start.dispose();
  }
}

/** LPIPS, features, and how far these are from those of the picture before. */
async function perceive(lpips: Lpips, picture: tf.Tensor4D, before: tf.Tensor4D) {
  const distance = lpips.distance(picture, before);
  const now = lpips.features(picture);
  const then = lpips.features(before);
  try {
    const [a, b] = [Array.from(await now.data()), Array.from(await then.data())];
    const dot = (x: number[], y: number[]) => x.reduce((sum, value, i) => sum + value * y[i]!, 0);
    const likeness = dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b) || 1);
    return { lpips: (await distance.data())[0]!, identityDrift: Math.max(0, 1 - likeness), features: a };
  } finally {
    tf.dispose([distance, now, then]);
  }
}

/** The displacements that a task asks for, x and y in turn. */
function wayOf({ points }: DragTask): number[] {
  return points.flatMap(({ handle, target }) => [target.x - handle.x, target.y - handle.y]);
}

async function meanSquare(a: tf.Tensor4D, b: tf.Tensor4D): Promise<number> {
  const value = tf.tidy(() => tf.mean(tf.squaredDifference(a, b)));
  try {
    return (await value.data())[0]!;
  } finally {
    value.dispose();
  }
}

/** Mean absolute difference of pictures in [-1, 1] where a mask is 1, in 255ths. */
async function changeWithin(mask: Float32Array, a: tf.Tensor4D, b: tf.Tensor4D): Promise<number> {
  const [x, y] = await Promise.all([a.data(), b.data()]);
  const inRange = (value: number) => Math.min(1, Math.max(-1, value));
  let sum = 0;
  let count = 0;
  for (let i = 0; i < x.length; i++) {
    const weight = mask[Math.floor(i / 3)]!;
    sum += weight * Math.abs(inRange(x[i]!) - inRange(y[i]!));
    count += weight;
  }
  return count > 0 ? (127.5 * sum) / count : 0;
}

/** The landmarks that nobody drags. */
function othersThan({ from, landmarks }: DragTask): number[] {
  return Array.from({ length: from.length / 2 }, (_, i) => i).filter((i) => !landmarks.includes(i));
}

/** Mean motion of some landmarks; 0 of none. */
function meanMotion(from: Float32Array, to: Float32Array, landmarks: readonly number[]): number {
  const motion = (i: number) => Math.hypot(to[2 * i]! - from[2 * i]!, to[2 * i + 1]! - from[2 * i + 1]!);
  return landmarks.reduce((sum, i) => sum + motion(i), 0) / Math.max(1, landmarks.length);
}
