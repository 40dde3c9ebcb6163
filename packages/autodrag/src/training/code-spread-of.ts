import { codeSpread } from '@autodrag/latent-predictor';
import type { Random } from '@autodrag/nn';
import type { Generator } from '@autodrag/stylegan2';
import * as tf from '@tensorflow/tfjs-core';
import { drawCodes } from './draw-codes.js';

/** `codeSpread` of a generator, over 4096 codes. @returns the caller's */
export function codeSpreadOf(generator: Generator, random: Random, truncationPsi: number): tf.Tensor2D {
  return tf.tidy(() => {
    const codes = drawCodes(random, generator, 4096, { truncationPsi });
    return codeSpread(tf.reshape(tf.slice(codes, [0, 0, 0], [-1, 1, -1]), [4096, generator.config.wDim]));
  });
}
