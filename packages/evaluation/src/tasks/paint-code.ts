import type { Generator } from '@autodrag/stylegan2';
import * as tf from '@tensorflow/tfjs-core';

/** The picture of a code, `[1, height, width, 3]` and the caller's. @param w `[numWs * wDim]` */
export function paintCode(generator: Generator, w: Float32Array): tf.Tensor4D {
  const { wDim } = generator.config;
  return tf.tidy(() => generator.synthesis(tf.tensor3d(w, [1, w.length / wDim, wDim])));
}
