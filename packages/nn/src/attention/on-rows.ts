import * as tf from '@tensorflow/tfjs-core';
import type { LayerNormParameters } from '../layers/layer-norm.js';
import { matchShape } from '../shapes/match-shape.js';

/**
 * Applies `f` to `[B, T, width]` as `[B · T, width]`: the residual stream stays a matrix from the first block to the
 * last one, which saves a dozen reshapes a block.
 *
 * @param norm any norm of the model, for its width
 * @returns `[B, T, width]`
 */
export function onRows(
  norm: LayerNormParameters,
  x: tf.Tensor,
  where: string,
  f: (rows: tf.Tensor2D, batch: number) => tf.Tensor2D,
): tf.Tensor3D {
  const width = norm.scale.shape[0];
  const { B, T } = matchShape(x.shape, ['B', 'T', width], `${where}: x`);
  return tf.tidy(() => tf.reshape(f(tf.reshape(x, [B * T, width]) as tf.Tensor2D, B), [B, T, width]) as tf.Tensor3D);
}
