import { InvalidArgumentError } from '@autodrag/nn';
import * as tf from '@tensorflow/tfjs-core';

/**
 * `toward`: the code approaches w*, as in UserControllableLT. `away`: it leaves w*, as Eq. 7 is printed.
 */
export type MotionDirection = 'toward' | 'away';

/**
 * `geometric`: every step is a share of the way that is left (Eq. 7), so steps shrink toward w* and grow away from it.
 * `linear`: equal steps.
 */
export type MotionSpacing = 'geometric' | 'linear';

export type StepLambdaOptions = {
  /** @default 'toward' */
  direction?: MotionDirection;
  /** @default 'geometric' */
  spacing?: MotionSpacing;
};

/**
 * The lambda of one step by which `steps` steps cover `total`, a share of the way from w_0 to w*: toward w*
 * `1 - (1 - total)^(1 / steps)`, away from it `(1 + total)^(1 / steps) - 1`, and `total / steps` for equal steps.
 *
 * @param total a share, or one for each sample `[B]`; 0 to 1 toward w*, 0 or more away
 */
export function stepLambda(total: number, steps: number, options?: StepLambdaOptions): number;
export function stepLambda(total: tf.Tensor1D, steps: number, options?: StepLambdaOptions): tf.Tensor1D;
export function stepLambda(
  total: number | tf.Tensor1D,
  steps: number,
  { direction = 'toward', spacing = 'geometric' }: StepLambdaOptions = {},
): number | tf.Tensor1D {
  if (!Number.isInteger(steps) || steps < 1) {
    throw new InvalidArgumentError(`stepLambda: steps: expected a positive whole number, got ${steps}`);
  }
  const toward = direction === 'toward';
  if (typeof total === 'number') {
    if (!(total >= 0) || (toward && total > 1)) {
      throw new InvalidArgumentError(
        `stepLambda: total: expected ${toward ? '0 to 1 toward w*' : '0 or more'}, got ${total}`,
      );
    }
    if (spacing === 'linear') return total / steps;
    return toward ? 1 - (1 - total) ** (1 / steps) : (1 + total) ** (1 / steps) - 1;
  }
  return tf.tidy(() => {
    if (spacing === 'linear') return tf.div(total, steps);
    return toward ? tf.sub(1, tf.pow(tf.sub(1, total), 1 / steps)) : tf.sub(tf.pow(tf.add(1, total), 1 / steps), 1);
  }) as tf.Tensor1D;
}
