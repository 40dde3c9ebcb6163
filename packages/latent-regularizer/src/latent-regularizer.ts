import { decoder, detach, encoder, linear, matchShape, mlp } from '@autodrag/nn';
import * as tf from '@tensorflow/tfjs-core';
import type { LatentRegularizerConfig } from './config.js';
import type { LatentRegularizerParameters } from './parameters.js';

/**
 * Restores the edited layers of latent codes from those layers and from the clean ones (Eq. 2-5). Differentiable in
 * the parameters and in the codes.
 *
 * The edited layers, standardised, go through an MLP, receive a layer embedding and run through the encoder: keys and
 * values. The clean layers go through an MLP over the *token* axis to as many tokens as there are edited layers and
 * receive a position embedding: queries. The decoder's tokens give the restored layers; the clean ones are passed on.
 *
 * @param w `[B, numWs, wDim]`
 * @returns `[B, numWs, wDim]`
 */
export function latentRegularizer(
  parameters: LatentRegularizerParameters,
  config: LatentRegularizerConfig,
  w: tf.Tensor3D,
): tf.Tensor3D {
  const { numWs, wDim, editedLayers, heads, output } = config;
  matchShape(w.shape, ['B', numWs, wDim], 'latentRegularizer: w');
  return tf.tidy(() => {
    const average = detach(parameters.statistics.average);
    const std = detach(parameters.statistics.std);
    const batch = w.shape[0];
    const cleanLayers = numWs - editedLayers;
    const edited = tf.slice(w, [0, 0, 0], [batch, editedLayers, wDim]); // [B, E, wDim]
    const clean = cleanLayers > 0 ? tf.slice(w, [0, editedLayers, 0], [batch, cleanLayers, wDim]) : null;

    const keys = mlp(parameters.keys, tf.div(tf.sub(edited, average), std)); // [B, E, D]
    const memory = encoder(parameters.encoder, tf.add(keys, parameters.layerEmbedding), { heads });

    let queries: tf.Tensor;
    if (clean !== null && parameters.clean !== undefined) {
      const evidence = linear(parameters.clean.projection, tf.div(tf.sub(clean, average), std)); // [B, numWs - E, D]
      const mixed = mlp(parameters.clean.mixer, tf.transpose(evidence, [0, 2, 1])); // [B, D, E]
      queries = tf.add(tf.transpose(mixed, [0, 2, 1]), parameters.positionEmbedding);
    } else {
      queries = tf.tile(tf.expandDims(parameters.positionEmbedding, 0), [batch, 1, 1]);
    }
    const tokens = decoder(parameters.decoder, queries, memory, { heads }); // [B, E, D]
    const predicted = tf.mul(linear(parameters.head, tokens), std); // [B, E, wDim]
    let restored = tf.add(output === 'residual' ? edited : average, predicted);
    if (parameters.gate !== undefined) {
      restored = tf.add(edited, tf.mul(tf.sigmoid(linear(parameters.gate, tokens)), tf.sub(restored, edited)));
    }
    return (clean === null ? restored : tf.concat([restored as tf.Tensor3D, clean], 1)) as tf.Tensor3D;
  });
}
