import type { Autodrag } from '@autodrag/autodrag';
import * as tf from '@tensorflow/tfjs-core';
import type { Judge } from '../judges/judge.js';
import type { DragMethod, MethodOptions } from '../methods/drag-method.js';
import type { DragTask } from '../tasks/drag-task.js';
import type { DragRecord } from './drag-record.js';

/** Lets a method do a task, and the judge look at what came of it. */
export async function measureDrag(
  autodrag: Autodrag,
  judge: Judge,
  method: DragMethod,
  task: DragTask,
  options: MethodOptions = {},
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
  const start = paint(autodrag, task.w);
  try {
    const curve: [number, number][] = [];
    let found: Float32Array | null = null;
    let mse = 0;
    for (const { milliseconds, w } of run.moments) {
      options.signal?.throwIfAborted();
      const picture = paint(autodrag, w);
      try {
        found = await judge.locate(picture);
        if (w === run.moments.at(-1)!.w) mse = await meanSquare(picture, start);
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
      collateral: found ? meanMotion(task.from, found, new Set(task.landmarks)) : Number.NaN,
      mse,
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

function paint({ generator, numWs, wDim }: Autodrag, w: Float32Array): tf.Tensor4D {
  return tf.tidy(() => generator.synthesis(tf.tensor3d(w, [1, numWs, wDim])));
}

async function meanSquare(a: tf.Tensor4D, b: tf.Tensor4D): Promise<number> {
  const value = tf.tidy(() => tf.mean(tf.squaredDifference(a, b)));
  try {
    return (await value.data())[0]!;
  } finally {
    value.dispose();
  }
}

/** Mean motion of all landmarks but some. */
function meanMotion(from: Float32Array, to: Float32Array, but: ReadonlySet<number>): number {
  let sum = 0;
  let count = 0;
  for (let i = 0; i < from.length / 2; i++) {
    if (but.has(i)) continue;
    sum += Math.hypot(to[2 * i]! - from[2 * i]!, to[2 * i + 1]! - from[2 * i + 1]!);
    count++;
  }
  return count > 0 ? sum / count : 0;
}
