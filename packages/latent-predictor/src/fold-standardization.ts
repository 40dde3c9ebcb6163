import { detach } from '@autodrag/nn';
import * as tf from '@tensorflow/tfjs-core';
import type { ConvolutionParameters, LatentPredictorParameters } from './parameters.js';

/**
 * Convolution `k` of the stem as it acts on the map as it is: standardisation is folded into the first one, since the
 * map is large and the weight is small. Call it within a tidy.
 */
export function foldStandardization(
  { stem, statistics }: LatentPredictorParameters,
  k: number,
): { weight: tf.Tensor4D; bias: tf.Tensor1D } {
  const convolution = stem[k] as ConvolutionParameters;
  if (k > 0) return convolution;
  const weight = tf.div(convolution.weight, tf.expandDims(detach(statistics.features.std), 1)) as tf.Tensor4D;
  const average = tf.expandDims(detach(statistics.features.average), 1);
  return { weight, bias: tf.sub(convolution.bias, tf.sum(tf.mul(weight, average), [0, 1, 2])) as tf.Tensor1D };
}
