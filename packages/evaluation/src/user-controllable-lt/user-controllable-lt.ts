import { decoder, detach, encoder, linear, matchShape } from '@autodrag/nn';
import * as tf from '@tensorflow/tfjs-core';
import type { UserControllableLtConfig } from './config.js';
import type { UserControllableLtParameters } from './parameters.js';

/** What a UserControllableLT is told of B pictures. */
export type UserControllableLtInput = {
  /** `[B, numWs, wDim]`: their codes */
  w: tf.Tensor3D;
  /** `[B, P, featureChannels]`: the feature map at the points */
  features: tf.Tensor3D;
  /** `[B, P, 3]`: their motions as `motionTokens` gives them: x, y and logarithm of the expansion, in units */
  motions: tf.Tensor3D;
  /** `[B, P]`: 1 for a point, 0 for padding; every row has a point */
  pointMask: tf.Tensor2D;
  /** `[B]`: how many units long each drag is */
  alpha: tf.Tensor1D;
};

/**
 * Endo 2022, "User-Controllable Latent Transformer for StyleGAN Image Layout Editing": the points with their motions
 * and features are the encoder's tokens, the edited layers of the code are the decoder's queries, and
 * `w + alpha * decoder(...)` is the edited code. Differentiable in the parameters.
 *
 * @returns `[B, editedLayers, wDim]`: the edited layers
 */
export function userControllableLt(
  parameters: UserControllableLtParameters,
  config: UserControllableLtConfig,
  { w, features, motions, pointMask, alpha }: UserControllableLtInput,
): tf.Tensor3D {
  const { numWs, wDim, editedLayers, featureChannels, heads } = config;
  const { B, P } = matchShape(motions.shape, ['B', 'P', 3], 'userControllableLt: motions');
  matchShape(w.shape, [B!, numWs, wDim], 'userControllableLt: w');
  matchShape(features.shape, [B!, P!, featureChannels], 'userControllableLt: features');
  matchShape(pointMask.shape, [B!, P!], 'userControllableLt: pointMask');
  matchShape(alpha.shape, [B!], 'userControllableLt: alpha');
  return tf.tidy(() => {
    const standard = (x: tf.Tensor, { average, std }: { average: tf.Tensor; std: tf.Tensor }) =>
      tf.div(tf.sub(x, detach(average)), detach(std));
    const moved = tf.relu(linear(parameters.motion, motions)); // [B, P, width / 2]
    const seen = tf.relu(linear(parameters.feature, standard(features, parameters.statistics.features)));
    const tokens = linear(parameters.token, tf.concat([moved, seen], 2)); // [B, P, width]
    const mask = tf.cast(tf.reshape(pointMask, [B!, 1, 1, P!]), 'bool');
    const memory = encoder(parameters.encoder, tokens, { heads, mask });
    const edited = tf.slice(w, [0, 0, 0], [B!, editedLayers, wDim]);
    const queries = tf.add(
      linear(parameters.code, standard(edited, parameters.statistics.codes)),
      parameters.positionEmbedding,
    );
    const decoded = decoder(parameters.decoder, queries, memory, { heads, memoryMask: mask });
    const change = tf.mul(linear(parameters.head, decoded), detach(parameters.statistics.codes.std)); // [B, E, wDim]
    return tf.add(edited, tf.mul(change, tf.reshape(alpha, [B!, 1, 1]))) as tf.Tensor3D;
  });
}
