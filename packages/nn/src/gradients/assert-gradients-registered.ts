import * as tf from '@tensorflow/tfjs-core';
import { GradientsNotRegisteredError } from '../errors/errors.js';

/**
 * Throws unless gradients are registered. `@tensorflow/tfjs-core` alone registers none in Node; `@tensorflow/tfjs`,
 * `@tensorflow/tfjs-node` and `@tensorflow/tfjs-core/dist/register_all_gradients` do.
 *
 * @param caller put in front of the message
 * @throws GradientsNotRegisteredError
 */
export function assertGradientsRegistered(caller: string): void {
  // Looked up without tf.getGradient's typing of the kernel name; a missing entry is undefined.
  if (tf.getGradient('Multiply') == null || tf.getGradient('BatchMatMul') == null) {
    throw new GradientsNotRegisteredError(
      `${caller}: no gradients are registered. Import '@tensorflow/tfjs' before training.`,
    );
  }
}
