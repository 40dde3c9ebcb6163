import { mapping, type StyleGan2Config, type StyleGan2Parameters, synthesis } from '@autodrag/stylegan2';
import * as tf from '@tensorflow/tfjs-core';
import type { GeneratorBatch } from './generator-batch.js';
import { editedLayers } from './generator-settings.js';

/**
 * How far the generator's pictures are from the renders, by L1.
 *
 * @param report gets `l1`, without the weights
 */
export function generatorLoss(
  parameters: StyleGan2Parameters,
  config: StyleGan2Config,
  { resolution, target, z, weight }: GeneratorBatch,
  report: (name: string, value: tf.Scalar) => void,
): tf.Scalar {
  const mixed = mixStyles(mapping(parameters, config, z), target.shape[0]);
  const { image } = synthesis(parameters, config, mixed, { noise: 'none', until: resolution });
  const difference = tf.sub(image!, target) as tf.Tensor4D;
  report('l1', tf.mean(tf.abs(difference)) as tf.Scalar);
  const weighted = weight ? (tf.mul(difference, weight) as tf.Tensor4D) : difference;
  const pixel = tf.mean(tf.abs(weighted)) as tf.Scalar;
  // Averages over 4x4 pixels: a sharp edge in the wrong place has no gradient that says where to go, its blurred version has.
  const coarse = tf.mean(tf.abs(tf.avgPool(weighted, 4, 4, 'valid'))) as tf.Scalar;
  return tf.add(pixel, coarse) as tf.Scalar;
}

/** Layers 0 to 5 of the first half of the batch, the others of the second half: `[2B, L, W]` → `[B, L, W]`. */
function mixStyles(ws: tf.Tensor3D, batchSize: number): tf.Tensor3D {
  const [geometry, appearance] = tf.split(ws, 2, 0) as [tf.Tensor3D, tf.Tensor3D];
  const layers = ws.shape[1];
  const edited = tf.slice(geometry, [0, 0, 0], [batchSize, editedLayers, -1]);
  const kept = tf.slice(appearance, [0, editedLayers, 0], [batchSize, layers - editedLayers, -1]);
  return tf.concat([edited, kept], 1) as tf.Tensor3D;
}
