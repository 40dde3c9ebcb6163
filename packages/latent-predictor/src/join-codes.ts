import { InvalidArgumentError, matchShape } from '@autodrag/nn';
import * as tf from '@tensorflow/tfjs-core';

/**
 * Whole codes from edited layers and the layers that are kept.
 *
 * @param edited `[B, n, editedLayers, wDim]`
 * @param w `[B, numWs, wDim]`, whose layers from `editedLayers` on are kept
 * @returns `[B, n, numWs, wDim]`
 */
export function joinCodes(edited: tf.Tensor4D, w: tf.Tensor3D): tf.Tensor4D {
  const { B, n, E, wDim } = matchShape(edited.shape, ['B', 'n', 'E', 'wDim'], 'joinCodes: edited');
  const { numWs } = matchShape(w.shape, [B, 'numWs', wDim], 'joinCodes: w');
  if (E > numWs) {
    throw new InvalidArgumentError(`joinCodes: edited: expected at most the ${numWs} layers of w, got ${E}`);
  }
  return tf.tidy(() => {
    if (E === numWs) return tf.clone(edited);
    const kept = tf.expandDims(tf.slice(w, [0, E, 0], [B, numWs - E, wDim]), 1);
    return tf.concat([edited, tf.tile(kept, [1, n, 1, 1])], 2) as tf.Tensor4D;
  });
}
