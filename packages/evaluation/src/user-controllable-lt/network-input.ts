import type { DragPoint } from '@autodrag/autodrag';
import * as tf from '@tensorflow/tfjs-core';
import type { UserControllableLtConfig } from './config.js';
import { featureIndices, motionTokens } from './motion-tokens.js';
import type { UserControllableLtInput } from './user-controllable-lt.js';

/**
 * Points as the network's input.
 *
 * @param w `[B, numWs, wDim]`: codes of all pictures
 * @param map `[B, featureResolution, width, featureChannels]`: their features
 * @param rows which of the pictures the drags are of
 * @param scaled as in `motionTokens`
 * @returns all of it new, the caller's
 */
export function userControllableLtInput(
  config: UserControllableLtConfig,
  drags: readonly { points: readonly DragPoint[]; expansions?: readonly number[] }[],
  { w, map, rows, scaled = false }: { w: tf.Tensor3D; map: tf.Tensor4D; rows: readonly number[]; scaled?: boolean },
): UserControllableLtInput {
  const [, mapHeight, mapWidth, channels] = map.shape;
  const B = drags.length;
  const P = Math.max(...drags.map(({ points }) => points.length));
  const motions = new Float32Array(B * P * 3);
  const mask = new Float32Array(B * P);
  const index = new Int32Array(B * P);
  const alpha = new Float32Array(B);
  drags.forEach(({ points, expansions }, b) => {
    const tokens = motionTokens(points, config, { expansions, scaled });
    motions.set(tokens.motions, b * P * 3);
    mask.fill(1, b * P, b * P + points.length);
    alpha[b] = tokens.alpha;
    const places = featureIndices(points, config);
    for (let p = 0; p < P; p++) index[b * P + p] = rows[b]! * mapHeight * mapWidth + (places[p] ?? 0);
  });
  const [code, features] = tf.tidy(() => [
    tf.gather(w, tf.tensor1d(Int32Array.from(rows), 'int32')),
    tf.reshape(tf.gather(tf.reshape(map, [-1, channels]), tf.tensor1d(index, 'int32')), [B, P, channels]),
  ]) as [tf.Tensor3D, tf.Tensor3D];
  return {
    w: code,
    features,
    motions: tf.tensor3d(motions, [B, P, 3]),
    pointMask: tf.tensor2d(mask, [B, P]),
    alpha: tf.tensor1d(alpha),
  };
}
