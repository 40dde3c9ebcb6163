import { InvalidArgumentError, matchShape } from '@autodrag/nn';
import * as tf from '@tensorflow/tfjs-core';
import type { MotionDirection, MotionSpacing } from './step-lambda.js';

export type MotionSequenceOptions = {
  /** @default 5 */
  steps?: number;
  /** Lambda of Eq. 7 for one step, see `stepLambda`; or one for each sample, `[B]`. */
  lambda: number | tf.Tensor1D;
  /** @default 'toward' */
  direction?: MotionDirection;
  /** @default 'geometric' */
  spacing?: MotionSpacing;
  /**
   * Leading layers that move.
   * @default 6
   */
  editedLayers?: number;
};

/**
 * The edited layers of the codes of a motion (Eq. 7): `w_i = w_(i-1) + lambda (w* - w_(i-1))` toward w*, or with a
 * minus sign, as the paper prints it, away from it.
 *
 * @param w0 `[B, numWs, wDim]`
 * @param wStar `[B, numWs, wDim]`
 * @returns `[B, steps + 1, editedLayers, wDim]`, w_0 first; `joinCodes` adds the layers that do not move
 */
export function motionSequence(
  w0: tf.Tensor3D,
  wStar: tf.Tensor3D,
  { steps = 5, lambda, direction = 'toward', spacing = 'geometric', editedLayers = 6 }: MotionSequenceOptions,
): tf.Tensor4D {
  const { B, numWs, wDim } = matchShape(w0.shape, ['B', 'numWs', 'wDim'], 'motionSequence: w0');
  matchShape(wStar.shape, w0.shape, 'motionSequence: wStar');
  if (typeof lambda !== 'number') matchShape(lambda.shape, [B], 'motionSequence: lambda');
  if (!Number.isInteger(steps) || steps < 1) {
    throw new InvalidArgumentError(`motionSequence: steps: expected a positive whole number, got ${steps}`);
  }
  if (!(editedLayers >= 1 && editedLayers <= numWs)) {
    throw new InvalidArgumentError(
      `motionSequence: editedLayers: expected 1 to ${numWs}, the layers of w0, got ${editedLayers}`,
    );
  }
  const sign = direction === 'toward' ? 1 : -1;
  return tf.tidy(() => {
    const start = tf.slice(w0, [0, 0, 0], [B, editedLayers, wDim]);
    const way = tf.sub(tf.slice(wStar, [0, 0, 0], [B, editedLayers, wDim]), start); // [B, E, wDim]
    // w_i = w_0 + share_i (w* - w_0), with 1 - share_i = (1 -+ lambda)^i for geometric spacing. Products instead of
    // tf.pow, because 0^0 is not 1 on every backend.
    let shares: tf.Tensor; // [B or 1, steps + 1]
    if (typeof lambda === 'number') {
      const share = (i: number) => (spacing === 'linear' ? sign * i * lambda : 1 - (1 - sign * lambda) ** i);
      shares = tf.tensor2d([Array.from({ length: steps + 1 }, (_, i) => share(i))]);
    } else if (spacing === 'linear') {
      shares = tf.mul(tf.expandDims(lambda, 1), tf.mul(tf.range(0, steps + 1), sign));
    } else {
      const rate = tf.sub(1, tf.mul(lambda, sign)); // [B]
      const left: tf.Tensor[] = [tf.onesLike(rate)];
      for (let i = 0; i < steps; i++) left.push(tf.mul(left[i]!, rate));
      shares = tf.sub(1, tf.stack(left, 1));
    }
    const size = shares.shape[0] as number;
    const moved = tf.mul(tf.reshape(shares, [size, steps + 1, 1, 1]), tf.expandDims(way, 1));
    return tf.add(tf.expandDims(start, 1), moved) as tf.Tensor4D;
  });
}
