import * as tf from '@tensorflow/tfjs-core';
import { heightAndWidth, longerSide, type Resolution } from './config.js';

/** `placed` of one place, in ordinary memory. */
export function placedOnHost(imageResolution: Resolution): (x: number, y: number) => readonly [x: number, y: number] {
  const [height, width] = heightAndWidth(imageResolution);
  const scale = 2 / longerSide(imageResolution);
  return (x, y) => [(x - (width - 1) / 2) * scale, (y - (height - 1) / 2) * scale];
}

/** Pixels to coordinates about 0, the longer side of the image being -1 to 1. `[..., 2]` */
export function placed(points: tf.Tensor, imageResolution: Resolution): tf.Tensor {
  const [height, width] = heightAndWidth(imageResolution);
  const scale = 2 / longerSide(imageResolution);
  return tf.mul(tf.sub(points, tf.tensor1d([(width - 1) / 2, (height - 1) / 2])), scale);
}
