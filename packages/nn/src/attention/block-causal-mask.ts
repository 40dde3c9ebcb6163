import * as tf from '@tensorflow/tfjs-core';
import { InvalidArgumentError } from '../errors/errors.js';

export type BlockCausalMaskOptions = {
  /** First step that queries; earlier ones are only attended to, as in step-by-step decoding. @default 0 */
  from?: number;
};

/**
 * Which tokens may attend to which, where a sequence has several tokens a step: those of their own and of earlier
 * steps.
 *
 * @returns boolean `[1, 1, (steps − from) · tokensPerStep, steps · tokensPerStep]`, true where attention may go
 */
export function blockCausalMask(
  steps: number,
  tokensPerStep: number,
  { from = 0 }: BlockCausalMaskOptions = {},
): tf.Tensor4D {
  const sound = [steps, tokensPerStep].every((size) => Number.isSafeInteger(size) && size > 0);
  if (!sound || !Number.isSafeInteger(from) || from < 0 || from >= steps) {
    throw new InvalidArgumentError(
      `blockCausalMask: expected positive integers and 0 <= from < steps, got steps ${steps}, tokensPerStep ${tokensPerStep}, from ${from}`,
    );
  }
  const rows = (steps - from) * tokensPerStep;
  const columns = steps * tokensPerStep;
  const allowed = new Uint8Array(rows * columns);
  for (let row = 0; row < rows; row++) {
    const end = (from + Math.floor(row / tokensPerStep) + 1) * tokensPerStep;
    allowed.fill(1, row * columns, row * columns + end);
  }
  return tf.tensor(allowed, [1, 1, rows, columns], 'bool') as tf.Tensor4D;
}
