import type { Random } from '@autodrag/nn';
import type { Generator } from '@autodrag/stylegan2';
import * as tf from '@tensorflow/tfjs-core';

/**
 * Codes of random pictures.
 *
 * @param random advanced by the call; the draws do not depend on the backend
 * @returns `[count, numWs, wDim]`, the caller's
 */
export function drawCodes(
  random: Random,
  generator: Generator,
  count: number,
  { truncationPsi = 0.7 }: { truncationPsi?: number } = {},
): tf.Tensor3D {
  return tf.tidy(() => {
    const z = random.normalTensor([count, generator.config.zDim]) as tf.Tensor2D;
    return generator.mapping(z, { truncationPsi });
  });
}
